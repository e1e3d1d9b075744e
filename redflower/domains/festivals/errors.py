"""Refusals of festivals."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class FestivalNotFound(Refusal):
    code = "festival_not_found"
    sentence = N_("没有找到这个公益节")
    status = 404


class RuleSetInvalid(Refusal):
    code = "rule_set_invalid"
    sentence = N_("规则“{field}”的取值不对")
    status = 422


class PoolNotFinished(Refusal):
    code = "pool_not_finished"
    sentence = N_("还有时间片没有开奖，配捐池暂时不能关闭")
    status = 409


class RevealTooEarly(Refusal):
    code = "reveal_too_early"
    sentence = N_("最迟开奖的时间要在公益节结束、最后一片也等完通知之后")
    status = 422


class FestivalInvalid(Refusal):
    code = "festival_invalid"
    sentence = N_("公益节的“{field}”还没有填好")
    status = 422


class FestivalTaken(Refusal):
    code = "festival_taken"
    sentence = N_("已经有一届公益节用了这个网址")
    status = 409


class FestivalHoursInvalid(Refusal):
    code = "festival_hours_invalid"
    sentence = N_("公益节的结束时间要晚于开始时间")
    status = 422


class BonusNotOffered(Refusal):
    code = "bonus_not_offered"
    sentence = N_("这个公益节没有小红花加成")
    status = 409


class BonusOver(Refusal):
    code = "bonus_over"
    sentence = N_("小红花从送出的第二天算起，这个公益节已经来不及了")
    status = 409


class BonusProjectsReached(Refusal):
    code = "bonus_projects_reached"
    sentence = N_("一个公益节里，一个人最多给 {most} 个项目送花加成")
    status = 409
