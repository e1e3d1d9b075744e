"""The guide of an empty site: account, name, first charity, first project, open."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.account.utils import filter_users_by_email
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from redflower.domains.organizations.selectors import list_charities_for_operators
from redflower.domains.organizations.services import save_charities, submit_charities
from redflower.domains.people.selectors import find_user, get_site, has_operator
from redflower.domains.people.services import found_instance, make_operator, name_site
from redflower.domains.projects.selectors import list_projects_for_operators
from redflower.domains.projects.services import save_projects, submit_projects
from redflower.faces.setup_site.access import for_the_operator, may_found, while_empty
from redflower.faces.setup_site.forms import AccountForm, FinishForm, SiteForm
from redflower.faces.shared.file_forms import CharityForm, ProjectForm, explain
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.site import forget_site
from redflower.kernel import clock
from redflower.kernel.errors import Refusal


def _show(request: HttpRequest, step: str, place: int, form: forms.Form, **more: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, f"setup_site/{step}.html", {"form": form, "place": place, **more}, status=status)


@while_empty
def start(request: HttpRequest) -> HttpResponse:
    """The first step that is not done yet."""
    if not (request.user.is_authenticated and request.user.is_operator):
        return redirect("setup_account")
    if get_site() is None:
        return redirect("setup_site")
    if not list_charities_for_operators(limit=1):
        return redirect("setup_charity")
    if not list_projects_for_operators(limit=1):
        return redirect("setup_project")
    return redirect("setup_finish")


@while_empty
def account(request: HttpRequest) -> HttpResponse:
    """Makes the first operator and signs them in; later, lets them back in with the token."""
    form = AccountForm(request.POST or None, initial={"token": request.GET.get("token", "")})
    form.fields["token"].required = needs_token = bool(settings.REDFLOWER_SETUP_TOKEN)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not may_found(request, form.cleaned_data["token"]):
            sentence = gettext("口令不对，请看启动网站的终端") if needs_token else _from_afar()
            form.add_error("token" if needs_token else "email", sentence)
        else:
            try:
                return _enter(request, email)
            except Refusal as refusal:
                explain(form, refusal)
    return _show(request, "account", 0, form, needs_token=needs_token, is_founded=has_operator())


def _from_afar() -> str:
    return gettext("为了安全，第一步请在服务器本机的浏览器里完成，或设置环境变量 REDFLOWER_SETUP_TOKEN 后重新启动")


def _enter(request: HttpRequest, email: str) -> HttpResponse:
    known = find_user(email)
    # An operator who lost the session half-way comes back only with the token: sitting at the machine proves no address.
    if not (known and known.is_operator and settings.REDFLOWER_SETUP_TOKEN):
        found_instance(email, clock.now())
    user = filter_users_by_email(email)[0]
    return perform_login(request, Login(user=user, redirect_url="/setup/", email_verification="none"))


@for_the_operator
def site(request: HttpRequest) -> HttpResponse:
    """The site's own name and languages."""
    codes = [code for code, _ in settings.LANGUAGES]
    form = SiteForm(request.POST or None, initial={"languages": codes, "default": codes[0]})
    if request.method == "POST" and form.is_valid():
        names = form.cleaned_data["name_zh"], form.cleaned_data["name_en"]
        try:
            name_site(*names, form.ordered_languages(), False, request.user.id, clock.now())
            forget_site()
            return redirect("setup_charity")
        except Refusal as refusal:
            explain(form, refusal)
    return _show(request, "site", 1, form)


@for_the_operator
def charity(request: HttpRequest) -> HttpResponse:
    """The first charity: written, and handed to the second person."""
    form = CharityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ids = save_charities([form.read()], request.user.id, clock.now())
            submit_charities(ids, request.user.id, clock.now())
            return redirect("setup_project")
        except Refusal as refusal:
            explain(form, refusal)
    return _show(request, "charity", 2, form)


@for_the_operator
def project(request: HttpRequest) -> HttpResponse:
    """The first project: written, and handed to the second person."""
    charities = [(str(each.id), pick(each, "name")) for each in list_charities_for_operators()]
    if not charities:
        return redirect("setup_charity")
    form = ProjectForm(request.POST or None, charities=charities)
    if request.method == "POST" and form.is_valid():
        try:
            ids = save_projects([form.read()], request.user.id, clock.now())
            submit_projects(ids, request.user.id, clock.now())
            return redirect("setup_finish")
        except Refusal as refusal:
            explain(form, refusal)
    return _show(request, "project", 3, form)


@for_the_operator
def finish(request: HttpRequest) -> HttpResponse:
    """Invites the second person and opens the site."""
    known = get_site()
    if known is None:
        return redirect("setup_site")
    form = FinishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        try:
            if form.cleaned_data["email"]:
                make_operator(form.cleaned_data["email"], now, request.user.id)
            name_site(known.name_zh, known.name_en, known.languages, True, request.user.id, now)
            forget_site()
            messages.success(request, gettext("站点开放了。接下来请同事登录后台，复核机构和项目。"))
            return redirect("/backoffice/")
        except Refusal as refusal:
            explain(form, refusal)
    waiting = {"charities": list_charities_for_operators("submitted"), "projects": list_projects_for_operators(limit=5)}
    return _show(request, "finish", 4, form, **waiting)
