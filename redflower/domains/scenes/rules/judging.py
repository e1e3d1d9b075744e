"""What every deed is asked, whatever its kind: was its campaign open, can its time be true, what do limits leave of it."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from redflower.domains.scenes.types import CampaignState, Earned, Limits, Used, Verdict
from redflower.kernel.ids import hashed_id
from redflower.kernel.text import N_

CLOCK_SKEW = timedelta(minutes=5)

# Why a deed was refused, held, capped, or counted without earning.
REASONS = {
    "row_unreadable": N_("这一行读不懂：缺少字段、类型不对，或有重复的键"),
    "external_id_taken": N_("这个编号已经用来上报过另一件善行"),
    "campaign_unknown": N_("没有这个活动，或它不对这个合作方开放"),
    "campaign_not_open": N_("活动还没有开始"),
    "campaign_paused": N_("活动暂停中"),
    "campaign_closed": N_("活动已经结束"),
    "outside_hours": N_("这件善行发生在活动时间之外"),
    "done_in_future": N_("发生时间在未来，请校准时钟"),
    "too_old": N_("这件善行上报得太晚"),
    "project_not_in_campaign": N_("选择的项目不在这个活动里"),
    "facts_missing": N_("缺少这种场景需要的信息"),
    "impossible_amount": N_("数量超出了一天可能做到的"),
    "faster_than_human": N_("比人能做到的更快"),
    "payment_too_small": N_("这笔付款没有达到活动的门槛"),
    "item_not_shown": N_("这项内容不存在，或还没有通过审核"),
    "already_done": N_("这件事已经算过一次"),
    "not_todays_questions": N_("题目不是今天的"),
    "not_confirmed": N_("每一次凑整都需要本人确认"),
    "nothing_to_round_up": N_("这笔付款不需要凑整"),
    "amount_differs": N_("数量与付款金额对不上"),
    "code_wrong_or_old": N_("签到码不对，或已经过期"),
    "device_shared": N_("同一台设备上的账号太多，等待人工查看"),
    "unusually_long": N_("时长比平常多，等待人工查看"),
    "below_target": N_("还没有达到今天的目标"),
    "friend_passed": N_("你邀请的朋友通过了"),
    "already_today": N_("今天已经算过一次"),
    "person_day_limit": N_("达到了每人每天的上限"),
    "person_total_limit": N_("达到了每人的总上限"),
    "day_limit": N_("活动今天的善款已经送完"),
    "budget_spent": N_("活动的善款已经送完"),
}


def derive_donor_id(partner_id: UUID, user: str, salt: bytes) -> UUID:
    """The donor a partner's user is: always the same, and says nothing about them without the salt."""
    digest = hashlib.blake2b(user.encode(), key=salt, person=partner_id.bytes, digest_size=16).digest()
    return hashed_id(digest)


def derive_device_id(device: str, salt: bytes) -> UUID:
    """A device, the same for every partner that meets it."""
    return hashed_id(hashlib.blake2b(device.encode(), key=salt, person=b"device", digest_size=16).digest())


def find_state_refusal(state: CampaignState) -> str:
    """Why a campaign takes no deeds; empty while it does."""
    if state == CampaignState.PUBLISHED:
        return ""
    if state == CampaignState.PAUSED:
        return "campaign_paused"
    return "campaign_closed" if state == CampaignState.CLOSED else "campaign_unknown"


def find_time_refusal(
    done_at: datetime, now: datetime, opens_at: datetime, closes_at: datetime, max_age_days: int
) -> str:
    """Why a deed's time cannot count; empty where it can. Clocks may differ by five minutes."""
    if done_at > now + CLOCK_SKEW:
        return "done_in_future"
    if done_at < now - timedelta(days=max_age_days):
        return "too_old"
    if not opens_at <= done_at < closes_at:
        return "campaign_not_open" if now < opens_at else "outside_hours"
    return ""


def apply_limits(
    verdict: Verdict, limits: Limits, today: Used, total_minor: int, budget_left: int, day_left: int | None
) -> Earned:
    """What a person's limits, the day's and the budget leave of a verdict, and the first limit that was met.

    Units: fen. `today` and `total_minor` are what the person has had, `budget_left` and `day_left` what there still is.
    """
    flowers, money, reason = verdict.flowers, verdict.money_minor, ""
    if limits.person_day_flowers is not None and today.flowers + flowers > limits.person_day_flowers:
        flowers, reason = max(limits.person_day_flowers - today.flowers, 0), "person_day_limit"
    if money:
        bounds = (
            ("person_day_limit", limits.person_day_minor, today.money_minor),
            ("person_total_limit", limits.person_total_minor, total_minor),
            ("day_limit", day_left, 0),
            ("budget_spent", budget_left, 0),
        )
        for name, limit, used in bounds:
            if limit is not None and used + money > limit:
                money, reason = max(limit - used, 0), reason or name
    return Earned(flowers, money, reason)
