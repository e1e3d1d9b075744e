"""What became of a try to tell a partner something, in the reader's language; the books keep it in English."""

from django.utils.translation import gettext

from redflower.adapters import webhooks
from redflower.kernel.text import N_

_WORDS = {
    webhooks.NO_ANSWER: N_("等了 8 秒，没有答复"),
    webhooks.NAME_NOT_FOUND: N_("找不到这个域名"),
    webhooks.HTTPS_ONLY: N_("地址不是以 https:// 开头"),
    webhooks.NOT_PUBLIC: N_("地址不在公网上"),
    webhooks.NOT_PLAIN: N_("地址太长，或有普通字符以外的字"),
    webhooks.UNREADABLE: N_("地址读不懂，或带了用户名、# 号"),
    webhooks.PORT_TAKEN: N_("这个端口属于别的服务"),
}
_LOST = ("ConnectError", "ConnectTimeout", "ReadError", "WriteError", "RemoteProtocolError")


def tell_try(error: str) -> str:
    """One sentence; what nobody has words for is shown as it was written down."""
    if error in _WORDS:
        return gettext(_WORDS[error])
    if error.startswith(_LOST):
        return gettext("没有连上对方的服务器，或连接断了")
    return error
