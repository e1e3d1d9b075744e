"""Refusals of disclosures."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class ReportNotFound(Refusal):
    code = "report_not_found"
    sentence = N_("没有找到这份报告")
    status = 404


class QuestionNotFound(Refusal):
    code = "question_not_found"
    sentence = N_("没有找到这个问题")
    status = 404


class DisclosureInvalid(Refusal):
    code = "disclosure_invalid"
    sentence = N_("“{field}”还没有填好，请检查后再提交")
    status = 422


class AskingEmpty(Refusal):
    code = "asking_empty"
    sentence = N_("请写下想问的问题，至少 {least} 个字")
    status = 422


class AskingTooLong(Refusal):
    code = "asking_too_long"
    sentence = N_("问题最多 {limit} 个字，现在有 {length} 个，请精简一下")
    status = 422


class AskingNotFound(Refusal):
    code = "asking_not_found"
    sentence = N_("这个问题已经处理过了")
    status = 404


class TooManyAskings(Refusal):
    code = "too_many_askings"
    sentence = N_("问得有点快，请 {seconds} 秒后再试")
    status = 429
