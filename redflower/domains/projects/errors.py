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
    sentence = N_("项目的状态已经变了，可能同事刚刚处理过，请刷新后再看")
    status = 409


class ProjectSlugTaken(Refusal):
    code = "project_slug_taken"
    sentence = N_("网址“{slug}”已经被另一个项目使用")
    status = 409


class BudgetNotGoal(Refusal):
    code = "budget_not_goal"
    sentence = N_("预算各项合计 {budget_yuan} 元，与筹款目标 {goal_yuan} 元不一致")
    status = 422


class CharityNotPublished(Refusal):
    code = "charity_not_published"
    sentence = N_("项目所属的机构还没有通过审核")
    status = 409


class ProjectFieldFixed(Refusal):
    code = "project_field_fixed"
    sentence = N_("项目公开以后，网址、执行机构和开始日期不能再改")
    status = 422
