"""Operators: who they are, and how a second one comes."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from redflower.domains.people.selectors import find_users_by_id, list_operators
from redflower.domains.people.services import dismiss_operator, make_operator
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import Question, ask_or_do, show
from redflower.faces.shared.file_forms import explain
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


class OperatorForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(
        label=lazy("邮箱"), max_length=254, help_text=lazy("对方用这个邮箱收验证码登录，就能进入后台，不需要密码")
    )


@operators_only
def operators(request: HttpRequest) -> HttpResponse:
    """Everybody who may enter, and the form that lets one more in."""
    form = OperatorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            make_operator(form.cleaned_data["email"], clock.now(), request.user.id)
            messages.success(request, gettext("请来了新的运营人员，请告诉对方用这个邮箱登录"))
            return redirect("backoffice_operators")
        except Refusal as refusal:
            explain(form, refusal)
    status = 422 if form.errors else 200
    return show(request, "operators", "operators", status=status, form=form, operators=list_operators())


@operators_only
@require_POST
def dismiss(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Takes the role from a colleague, after saying what that means."""
    user = find_users_by_id([user_id]).get(user_id)
    if user is None:
        raise Http404
    question = Question(
        page="operators",
        title=gettext("取消这位运营人员的身份？"),
        text=gettext("对方立刻不能再进入后台，账号和捐赠都还在。做过的事会一直留在操作记录里。"),
        items=[(user.email, "")],
        button=gettext("取消身份"),
        back="/backoffice/operators/",
        is_grave=True,
    )

    def carry_out(_: str) -> str:
        dismiss_operator(user_id, request.user.id, clock.now())
        return gettext("已取消")

    return ask_or_do(request, question, carry_out)
