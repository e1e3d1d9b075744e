"""What operators did: append-only, and open to every operator."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext

from redflower.domains.organizations.selectors import find_charities_by_id
from redflower.domains.people.selectors import find_users_by_id, list_audit_rows
from redflower.domains.people.types import AuditView
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.faces.backoffice.access import operators_only
from redflower.faces.backoffice.console import show
from redflower.faces.backoffice.labels import name_act
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.paging import read_number
from redflower.kernel.text import N_

_PAGE = 50
_KINDS = {
    "charity": N_("机构"),
    "project": N_("项目"),
    "alarm": N_("支付"),
    "message": N_("留言"),
    "operator": N_("运营人员"),
}


@operators_only
def audit(request: HttpRequest) -> HttpResponse:
    """Privileged acts, the latest first."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in _KINDS else ""
    rows = list_audit_rows(act=f"{kind}_" if kind else "", before=read_number(request, "before"), limit=_PAGE + 1)
    more = urlencode({"kind": kind, "before": rows[_PAGE - 1].id}) if len(rows) > _PAGE else ""
    chips = [(gettext("全部"), "?", not kind)]
    chips += [(gettext(text), f"?kind={code}", code == kind) for code, text in _KINDS.items()]
    shown = rows[:_PAGE]
    subjects = _name_subjects(shown)
    lines = [{"row": row, "act": name_act(row.act), "subject": subjects.get(row.subject_id)} for row in shown]
    return show(request, "audit", "audit", lines=lines, chips=chips, next_href=f"?{more}" if more else "")


def _name_subjects(rows: list[AuditView]) -> dict[UUID | None, tuple[str, str]]:
    """What each act was about: its name, and where it is looked at."""
    of = {kind: {row.subject_id for row in rows if row.subject_id and row.act.startswith(kind)} for kind in _KINDS}
    names: dict[UUID | None, tuple[str, str]] = {}
    for charity_id, charity in find_charities_by_id(of["charity"]).items():
        names[charity_id] = pick(charity, "name"), f"/backoffice/charities/{charity_id}/"
    for project_id, project in find_projects_by_id(of["project"]).items():
        names[project_id] = pick(project, "title"), f"/backoffice/projects/{project_id}/"
    for user_id, user in find_users_by_id(list(of["operator"])).items():
        names[user_id] = user.email, "/backoffice/operators/"
    for gift_id in of["message"]:
        names[gift_id] = str(gift_id)[-12:], f"/backoffice/payments/{gift_id}/"
    return names
