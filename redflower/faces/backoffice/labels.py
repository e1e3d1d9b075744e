"""States, alarms and acts in the words of the back office: text, and the tone of its badge."""

from typing import NamedTuple

from django.utils.translation import gettext

from redflower.domains.donations.types import RefundReason, RefundSide, RefundState
from redflower.domains.festivals.types import FestivalPhase, PoolState
from redflower.domains.organizations.types import CharityState
from redflower.domains.payments.types import AlarmKind, OrderState
from redflower.domains.people.types import ChangeKind
from redflower.domains.projects.types import ProjectState
from redflower.faces.shared.labels import Label
from redflower.kernel.text import N_

CHARITY_STATES = {
    CharityState.SUBMITTED: Label(N_("待复核"), "info", "hourglass"),
    CharityState.PUBLISHED: Label(N_("已公开"), "green", "badge-check"),
    CharityState.RETURNED: Label(N_("已退回"), "warn", "undo-2"),
    CharityState.SUSPENDED: Label(N_("已暂停"), "error", "ban"),
    CharityState.DRAFT: Label(N_("草稿"), "", "pencil"),
}
PROJECT_STATES = {
    ProjectState.SUBMITTED: Label(N_("待复核"), "info", "hourglass"),
    ProjectState.PUBLISHED: Label(N_("已公开"), "green", "badge-check"),
    ProjectState.RETURNED: Label(N_("已退回"), "warn", "undo-2"),
    ProjectState.PAUSED: Label(N_("已暂停"), "error", "ban"),
    ProjectState.HIDDEN: Label(N_("已撤下"), "", "eye-off"),
    ProjectState.DRAFT: Label(N_("草稿"), "", "pencil"),
}
ORDER_STATES = {
    OrderState.SETTLED: Label(N_("已到账"), "green", "circle-check"),
    OrderState.PENDING: Label(N_("等待结果"), "info", "hourglass"),
    OrderState.FAILED: Label(N_("未成功"), "error", "circle-alert"),
    OrderState.CANCELLED: Label(N_("已取消"), "", "ban"),
    OrderState.EXPIRED: Label(N_("已过期"), "", "clock"),
}
REFUND_STATES = {
    RefundState.ASKED: Label(N_("等答复"), "info", "hourglass"),
    RefundState.ACCEPTED: Label(N_("待放行"), "gold", "hourglass"),
    RefundState.SENT: Label(N_("退回中"), "info", "refresh-cw"),
    RefundState.FAILED: Label(N_("没退成"), "error", "circle-alert"),
    RefundState.RETURNED: Label(N_("已退回"), "green", "circle-check"),
    RefundState.DECLINED: Label(N_("没同意"), "", "ban"),
}
REFUND_REASONS = {
    RefundReason.MISTAKE: N_("选错了项目或金额"),
    RefundReason.TWICE: N_("重复付款"),
    RefundReason.NOT_MINE: N_("不是本人付的"),
    RefundReason.PROJECT: N_("对项目有疑问"),
    RefundReason.OTHER: N_("别的原因"),
}
REFUND_SIDES = {
    RefundSide.RULE: N_("规则直接同意"),
    RefundSide.CHARITY: N_("机构的答复"),
    RefundSide.PLATFORM: N_("平台的决定"),
}
FESTIVAL_PHASES = {
    FestivalPhase.UPCOMING: Label(N_("即将开始"), "info", "clock"),
    FestivalPhase.RUNNING: Label(N_("进行中"), "gold", "sparkles"),
    FestivalPhase.DRAWING: Label(N_("正在抽完最后几片"), "gold", "dices"),
    FestivalPhase.OVER: Label(N_("已结束"), "green", "circle-check"),
}
POOL_STATES = {
    PoolState.ANNOUNCED: Label(N_("已公布")),
    PoolState.OPEN: Label(N_("开放中"), "gold"),
    PoolState.CLOSED: Label(N_("已结清"), "green"),
}


CHANGE_KINDS = {
    ChangeKind.CHARITY: Label(N_("机构资料"), "", "building-2"),
    ChangeKind.PROJECT: Label(N_("项目资料"), "", "hand-heart"),
    ChangeKind.REPORT: Label(N_("报告"), "", "file-text"),
    ChangeKind.ANSWER: Label(N_("回答"), "", "message-heart"),
    ChangeKind.CALL: Label(N_("征集"), "", "flag"),
    ChangeKind.FESTIVAL: Label(N_("公益节"), "", "dices"),
}


class Alarm(NamedTuple):
    """A parked notice in words: what happened, and what an operator looks into."""

    text: str
    advice: str


ALARMS = {
    AlarmKind.UNKNOWN_ORDER: Alarm(
        N_("通知里的订单我们没有"), N_("可能是通知先到一步，随后会自动对上；若一直没有，请向支付方查单。")
    ),
    AlarmKind.WRONG_PROVIDER: Alarm(N_("通知来自另一家支付方"), N_("请核对是谁发来的，确认签名所属的支付方。")),
    AlarmKind.WRONG_AMOUNT: Alarm(N_("付款金额与订单不符"), N_("钱没有入账。请向支付方查单，按实际情况退款。")),
    AlarmKind.WRONG_CURRENCY: Alarm(N_("付款币种与订单不符"), N_("钱没有入账。请向支付方查单，按实际情况退款。")),
    AlarmKind.PAID_TWICE: Alarm(N_("同一笔订单付了两次"), N_("第二次没有入账。请向支付方退回重复的一笔。")),
    AlarmKind.TXN_REUSED: Alarm(N_("一笔交易号用在了两个订单上"), N_("第二个订单没有入账。请向支付方核对交易号。")),
    AlarmKind.PAID_IN_FUTURE: Alarm(N_("付款时间在未来"), N_("请核对支付方与我们的时钟，再查单确认。")),
    AlarmKind.UNKNOWN_REFUND: Alarm(
        N_("支付方退了一笔我们没有申请的款"), N_("请向支付方查单：是谁在支付方后台退的，再补一份退款申请。")
    ),
    AlarmKind.REFUND_DIFFERS: Alarm(N_("退款与申请的不一致"), N_("账上没有动。请向支付方核对金额和币种。")),
    AlarmKind.REFUNDED_TWICE: Alarm(N_("同一笔捐赠退了两次"), N_("第二次没有入账。请向支付方追回多退的一笔。")),
    AlarmKind.REFUND_CONTRADICTS: Alarm(
        N_("支付方前后说法不一"), N_("先前的结果仍然有效。请向支付方查清到底退了没有。")
    ),
}

ACTS = {
    "charity_saved": N_("保存了机构资料"),
    "charity_submitted": N_("提交了机构"),
    "charity_published": N_("复核通过并公开了机构"),
    "charity_returned": N_("退回了机构"),
    "charity_suspended": N_("暂停了机构"),
    "charity_resumed": N_("恢复了机构"),
    "project_saved": N_("保存了项目资料"),
    "project_submitted": N_("提交了项目"),
    "project_published": N_("复核通过并公开了项目"),
    "project_returned": N_("退回了项目"),
    "project_paused": N_("暂停了项目"),
    "project_resumed": N_("恢复了项目"),
    "project_hidden": N_("撤下了项目"),
    "charity_change_proposed": N_("提出修改机构资料"),
    "charity_change_published": N_("公开了机构资料的修改"),
    "charity_change_dropped": N_("没有采用机构资料的修改"),
    "project_change_proposed": N_("提出修改项目资料"),
    "project_change_published": N_("公开了项目资料的修改"),
    "project_change_dropped": N_("没有采用项目资料的修改"),
    "report_change_proposed": N_("提交了一份报告或更正"),
    "report_change_published": N_("公开了一份报告或更正"),
    "report_change_dropped": N_("没有采用一份报告或更正"),
    "answer_change_proposed": N_("提交了一个回答或更正"),
    "answer_change_published": N_("公开了一个回答或更正"),
    "answer_change_dropped": N_("没有采用一个回答或更正"),
    "question_published": N_("公开了一个问题"),
    "question_dropped": N_("没有公开一个问题"),
    "message_shown": N_("放行了一条留言"),
    "message_removed": N_("移除了一条留言"),
    "refund_accepted": N_("同意退回一笔捐赠"),
    "refund_declined": N_("没有同意退回一笔捐赠"),
    "refund_released": N_("放行了一笔退款"),
    "alarm_resolved": N_("处理了一条待核对的通知"),
    "call_change_proposed": N_("写好了一次征集"),
    "call_change_published": N_("公布了一次征集"),
    "call_change_dropped": N_("没有采用一次征集"),
    "proposal_shortlist": N_("让一份提案入围"),
    "proposal_return": N_("请提案人补充"),
    "proposal_decline": N_("没有选一份提案"),
    "shortlist_published": N_("公布了入围名单"),
    "round_planned": N_("排了一轮梦想"),
    "round_opened": N_("开放了一轮梦想"),
    "feedback_published": N_("寄出了一封来信"),
    "feedback_returned": N_("请写信的人改一改"),
    "dream_words_shown": N_("放行了送花时的话"),
    "dream_words_removed": N_("移除了送花时的话"),
    "partner_registered": N_("登记了合作方"),
    "partner_active": N_("让合作方开通了"),
    "partner_returned": N_("退回了合作方的登记"),
    "partner_suspended": N_("暂停了合作方"),
    "partner_key_added": N_("添加了合作方的密钥"),
    "partner_key_revoked": N_("停用了合作方的密钥"),
    "partner_members_added": N_("添加了合作方的成员"),
    "partner_origins_set": N_("设置了合作方的网页来源"),
    "donor_linked": N_("把合作方应用里的自己和这里关联了"),
    "donor_unlinked": N_("解除了和合作方应用的关联"),
    "endpoint_opened": N_("开通了合作方的回调"),
    "endpoint_closed": N_("关闭了合作方的回调"),
    "endpoint_secret_rotated": N_("更换了回调的密钥"),
    "message_replayed": N_("重新发送了回调消息"),
    "campaign_saved": N_("保存了活动"),
    "campaign_submitted": N_("提交了活动"),
    "campaign_published": N_("复核通过并公开了活动"),
    "campaign_returned": N_("退回了活动"),
    "campaign_paused": N_("暂停了活动"),
    "campaign_closed": N_("结束了活动"),
    "deed_released": N_("放行了待看的善行"),
    "deed_dismissed": N_("没有计入待看的善行"),
    "deed_reversed": N_("收回了善行"),
    "scene_item_shown": N_("放行了一条内容"),
    "scene_item_removed": N_("移除了一条内容"),
    "operator_made": N_("请来一位运营人员"),
    "operator_dismissed": N_("取消了一位运营人员的身份"),
    "instance_founded": N_("成为第一位运营人员"),
    "site_named": N_("设置了站点的名称"),
}


def name_act(act: str) -> str:
    """An audit row's act as a sentence without its subject; the code itself when it has no words yet."""
    return gettext(ACTS[act]) if act in ACTS else act
