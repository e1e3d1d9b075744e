"""Refusals of projects."""

from redflower.kernel.errors import Refusal
from redflower.kernel.text import N_


class ProjectNotFound(Refusal):
    code = "project_not_found"
    sentence = N_("没有找到这个项目")
    status = 404


class ProjectInvalid(Refusal):
    code = "project_invalid"
    sentence = N_("“{field}”还没有填好，请检查后再提交")
    status = 422


class ProjectStateConflict(Refusal):
    code = "project_state_conflict"
    sentence = N_("项目现在的状态是“{current}”，不能改为“{target}”")
    status = 409


class ReviewerIsSubmitter(Refusal):
    code = "reviewer_is_submitter"
    sentence = N_("提交人不能审核自己提交的内容，请换一位同事复核")
    status = 403


class ReviewNoteMissing(Refusal):
    code = "review_note_missing"
    sentence = N_("退回时请写明原因，方便对方修改")
    status = 422


class CharityNotPublished(Refusal):
    code = "charity_not_published"
    sentence = N_("项目所属的机构还没有通过审核")
    status = 409
