"""Charities."""

from django.http import HttpRequest
from ninja import Path, Query, Router

from redflower.domains.organizations.selectors import get_charity, list_charities
from redflower.domains.organizations.types import CharityView
from redflower.faces.public_api.cursors import read_after, write_cursor
from redflower.faces.public_api.routers.corrections import show_corrections
from redflower.faces.public_api.schemas.bases import Paging
from redflower.faces.public_api.schemas.charities import Charity, CharityFilters, CharityPage, CharityPath
from redflower.faces.public_api.schemas.corrections import CorrectionPage
from redflower.faces.public_api.schemas.problems import may_answer
from redflower.kernel.text import N_

router = Router(tags=["charities"])


@router.get(
    "",
    response=CharityPage,
    operation_id="list_charities",
    summary=N_("机构列表"),
    description=N_("先加入的在前。暂停筹款的机构也在其中：捐过的人有权知道。"),
)
def get_charities(request: HttpRequest, asked: Query[CharityFilters]) -> CharityPage:
    after = read_after("charities", asked.cursor)
    found = list_charities(region=asked.region or "", after=after, limit=asked.limit + 1)
    more = write_cursor("charities", found[asked.limit - 1].id) if len(found) > asked.limit else None
    return CharityPage(items=[show_charity(charity) for charity in found[: asked.limit]], next=more)


@router.get(
    "/{slug}",
    response=Charity,
    operation_id="get_charity",
    summary=N_("一家机构"),
    description=N_("它的项目用 /projects?charity=… 来查。"),
    openapi_extra=may_answer(404),
)
def get_one_charity(request: HttpRequest, asked: Path[CharityPath]) -> Charity:
    return show_charity(get_charity(asked.slug))


@router.get(
    "/{slug}/corrections",
    response=CorrectionPage,
    operation_id="list_charity_corrections",
    summary=N_("一家机构的更正"),
    description=N_("机构资料公开之后改过的每一处，连同原来的写法和原因，最近的在前。"),
    openapi_extra=may_answer(404),
)
def get_charity_corrections(request: HttpRequest, asked: Path[CharityPath], page: Query[Paging]) -> CorrectionPage:
    return show_corrections(get_charity(asked.slug).id, page)


def show_charity(charity: CharityView) -> Charity:
    """A charity as the API gives it."""
    return Charity.model_validate(charity)
