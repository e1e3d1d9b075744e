"""How a request is refused before any rule of a room has looked at it; shared by the engine's door and the pages' API."""

from collections.abc import Sequence

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class AddressNotFound(Refusal):
    code = "not_found"
    sentence = N_("这个地址没有内容")
    status = 404


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    sentence = N_("这个地址不支持 {method}，可以用 {allowed}")
    status = 405


class BodyLengthMissing(Refusal):
    code = "body_length_missing"
    sentence = N_("请在请求头 Content-Length 里写明正文的长度")
    status = 411


class BodyTooLarge(Refusal):
    code = "body_too_large"
    sentence = N_("请求正文最多 {limit_bytes} 字节")
    status = 413


class MediaTypeUnsupported(Refusal):
    code = "media_type_unsupported"
    sentence = N_("请求正文要用 application/json，UTF-8 编码，不压缩")
    status = 415


class BodyUnreadable(Refusal):
    code = "body_unreadable"
    sentence = N_("请求正文不是一份规范的 JSON")
    status = 400


class BodyKeyRepeated(Refusal):
    code = "body_key_repeated"
    sentence = N_("请求正文里，同一个对象的键“{key}”出现了两次")
    status = 400


class BodyNumberUnreadable(Refusal):
    code = "body_number_unreadable"
    sentence = N_("JSON 里没有 {name} 这样的数")
    status = 400


class FieldsInvalid(Refusal):
    """Fields that are missing, unknown, of the wrong type or too many; each is named to the reader."""

    code = "validation_failed"
    sentence = N_("请求里有 {count} 处写法不对")
    status = 422

    def __init__(self, faults: Sequence[tuple[str, str]], **limits: int) -> None:
        super().__init__(count=len(faults))
        self.faults = faults  # (field, code of FIELD_SENTENCES)
        self.limits = limits


# What each kind of fault in a field is called to people.
FIELD_SENTENCES = {
    "missing": N_("缺少这一项"),
    "extra_forbidden": N_("没有这一项，请检查名字"),
    "int_type": N_("应是 JSON 整数：不带引号、小数点或指数"),
    "string_type": N_("应是文字"),
    "list_type": N_("应是数组"),
    "model_type": N_("应是对象"),
    "too_long": N_("最多 {max_length} 项"),
    "too_short": N_("至少 {min_length} 项"),
}
FIELD_OTHER = N_("这一项的值不对")


class DonorTokenInvalid(Refusal):
    code = "donor_token_invalid"
    sentence = N_("捐赠人令牌不是由本站签发的")
    status = 422


class TooManyGifts(Refusal):
    code = "too_many_gifts"
    sentence = N_("捐赠请求来得太快了，请在 {seconds} 秒后再试")
    status = 429


class ProviderUnknown(Refusal):
    code = "provider_unknown"
    sentence = N_("没有接入这家支付服务")
    status = 404


class Busy(Refusal):
    code = "busy"
    sentence = N_("现在来的人太多，这个请求没有记录，请在 {seconds} 秒后用同一个键再试")
    status = 503


class Unavailable(Refusal):
    code = "unavailable"
    sentence = N_("我们暂时连不上账本，请在 {seconds} 秒后用同一个键再试，不会重复记录")
    status = 503


class Failed(Refusal):
    """A fault of ours, in the log; said by name all the same."""

    code = "failed"
    sentence = N_("这个请求没有办成，什么也没有记录；原因已经记下，请稍后再试")
    status = 500
