"""Refusals of dreams."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class CallNotFound(Refusal):
    code = "call_not_found"
    sentence = N_("没有找到这次征集")
    status = 404


class CallInvalid(Refusal):
    code = "call_invalid"
    sentence = N_("征集的资料不完整：{field}")
    status = 422


class CallTaken(Refusal):
    code = "call_taken"
    sentence = N_("已经有一次征集用了这个网址，请换一个")
    status = 409


class CallNotOpen(Refusal):
    code = "call_not_open"
    sentence = N_("这次征集现在不收提案，写下的内容都还在")
    status = 409


class ProposalNotFound(Refusal):
    code = "proposal_not_found"
    sentence = N_("没有找到这份提案，链接可能不完整")
    status = 404


class ProposalStateConflict(Refusal):
    code = "proposal_state_conflict"
    sentence = N_("这份提案的状态刚刚变了，请刷新后再看")
    status = 409


class WishIncomplete(Refusal):
    code = "wish_incomplete"
    sentence = N_("还有一处没有写：{field}")
    status = 422


class WishTooLong(Refusal):
    code = "wish_too_long"
    sentence = N_("“{field}”最多 {limit} 个字，现在有 {length} 个")
    status = 422


class WishUnreadable(Refusal):
    code = "wish_unreadable"
    sentence = N_("“{field}”里有看不见的控制字符，请删掉再试")
    status = 422


class ThemeNotCalled(Refusal):
    code = "theme_not_called"
    sentence = N_("这次征集没有包括这个方向，请换一个")
    status = 422


class PeopleInvalid(Refusal):
    code = "people_invalid"
    sentence = N_("请写明大约有多少人受益，1 到 {limit} 之间的整数")
    status = 422


class BudgetEmpty(Refusal):
    code = "budget_empty"
    sentence = N_("请至少写一项预算，每项都要有名目和金额")
    status = 422


class BudgetTooLong(Refusal):
    code = "budget_too_long"
    sentence = N_("预算最多 {limit} 项，请合并几项")
    status = 422


class GrantOutOfRange(Refusal):
    code = "grant_out_of_range"
    sentence = N_("预算合计 {sum_yuan} 元；这次征集支持 {min_yuan} 元到 {max_yuan} 元的梦想")
    status = 422


class ReasonMissing(Refusal):
    code = "reason_missing"
    sentence = N_("请写明原因：提案人花了时间，值得一个解释")
    status = 422


class RoundNotFound(Refusal):
    code = "round_not_found"
    sentence = N_("没有找到这一轮")
    status = 404


class RoundInvalid(Refusal):
    code = "round_invalid"
    sentence = N_("这一轮的资料不完整：{field}")
    status = 422


class RoundTaken(Refusal):
    code = "round_taken"
    sentence = N_("已经有一轮用了这个网址，或其中的提案已在别的轮次里")
    status = 409


class ProposalNotShortlisted(Refusal):
    code = "proposal_not_shortlisted"
    sentence = N_("只有入围的提案可以进入一轮")
    status = 409


class CharityNotReady(Refusal):
    code = "charity_not_ready"
    sentence = N_("承接的机构还没有公开，不能承接梦想")
    status = 409


class FundTooLow(Refusal):
    code = "fund_too_low"
    sentence = N_("资助金还差 {missing_yuan} 元，这一轮不能开放：每个梦想的资助都要先留好")
    status = 409


class RoundAlreadyOpened(Refusal):
    code = "round_already_opened"
    sentence = N_("这一轮已经开放过了")
    status = 409


class DreamNotFound(Refusal):
    code = "dream_not_found"
    sentence = N_("没有找到这个梦想")
    status = 404


class DreamNotOpen(Refusal):
    code = "dream_not_open"
    sentence = N_("这个梦想现在不收小红花")
    status = 409


class DreamMet(Refusal):
    code = "dream_met"
    sentence = N_("这个梦想的小红花已经够了，谢谢你；留给别的梦想吧")
    status = 409


class DreamNeedsFewer(Refusal):
    code = "dream_needs_fewer"
    sentence = N_("这个梦想只差 {missing} 朵了，请不要多送")
    status = 409


class DreamCapReached(Refusal):
    code = "dream_cap_reached"
    sentence = N_("每个人给一个梦想最多送 {cap} 朵，你已经送了 {given} 朵")
    status = 409


class RoundCapReached(Refusal):
    code = "round_cap_reached"
    sentence = N_("每个人在这一轮最多送 {cap} 朵，你已经送了 {given} 朵")
    status = 409


class BallotConflict(Refusal):
    code = "ballot_conflict"
    sentence = N_("这张表单已经用过一次，内容不同；请重新打开再送")
    status = 409


class BallotNotFound(Refusal):
    code = "ballot_not_found"
    sentence = N_("没有找到这次送花的记录")
    status = 404


class WithdrawalNotAllowed(Refusal):
    code = "withdrawal_not_allowed"
    sentence = N_("现在不能收回：这一轮不允许收回，或已经有了结果")
    status = 409


class WordsUnreadable(Refusal):
    code = "words_unreadable"
    sentence = N_("名字和留言里有看不见的控制字符，请删掉再试")
    status = 422


class WordsTooLong(Refusal):
    code = "words_too_long"
    sentence = N_("留言最多 {limit} 个字，现在有 {length} 个")
    status = 422


class RallyNameMissing(Refusal):
    code = "rally_name_missing"
    sentence = N_("请写一个名字，朋友好知道是谁在邀请")
    status = 422


class RallyNotFound(Refusal):
    code = "rally_not_found"
    sentence = N_("没有找到这张邀请页")
    status = 404


class FeedbackInvalid(Refusal):
    code = "feedback_invalid"
    sentence = N_("回信还不完整：{field}")
    status = 422


class FeedbackNotDue(Refusal):
    code = "feedback_not_due"
    sentence = N_("这个梦想还没有实现，或回信已经写完")
    status = 409


class FeedbackNotFound(Refusal):
    code = "feedback_not_found"
    sentence = N_("没有找到这封回信")
    status = 404


class LetterNotFound(Refusal):
    code = "letter_not_found"
    sentence = N_("没有找到这封信")
    status = 404
