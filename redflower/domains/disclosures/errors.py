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
