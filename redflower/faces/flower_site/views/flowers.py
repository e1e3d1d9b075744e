"""My flowers: the account, the garden, where they came from and where they went."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from redflower.domains.dreams import selectors
from redflower.domains.festivals.selectors.bonuses import find_bonuses_of_gifts
from redflower.domains.flowers.selectors import (
    count_flowers_by_day,
    count_flowers_by_kind,
    get_flower_books,
    list_given,
    list_unlocked,
)
from redflower.domains.flowers.types import GivenView, Unlocked
from redflower.domains.ledger.types import AccountKind
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.projects.types import ProjectView
from redflower.domains.scenes.selectors.together import find_teams
from redflower.faces.flower_site.levels import find_level, list_badges
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.purses import purses_of
from redflower.kernel import clock
from redflower.kernel.text import N_

# How each deed is named to whoever did it; one without a name is simply a good deed.
DEEDS = {
    "first_gift_of_day": (N_("每天的第一笔捐赠"), "hand-heart"),
    "steps": (N_("走路"), "trending-up"),
    "shake": (N_("摇一摇"), "sparkles"),
    "like": (N_("点赞公益视频"), "heart"),
    "game": (N_("游戏任务"), "dices"),
    "quiz": (N_("公益答题"), "circle-help"),
    "read": (N_("读一篇"), "book-open"),
    "green": (N_("绿色出行"), "trees"),
    "round_up": (N_("零钱凑整"), "coins"),
    "checkin": (N_("到现场"), "map-pin"),
    "volunteer": (N_("志愿服务"), "users"),
}
_OTHER = (N_("一件善事"), "sprout")
_WEEKS, _BALLOTS, _GARDEN_MAX = 6, 30, 42


@dataclass(frozen=True, slots=True)
class Stem:
    """One flower of the garden. Units: the picture's own, 640 by 220."""

    x: int
    height: int
    size: int
    lean: int


@never_cache
@require_safe
def flowers(request: HttpRequest) -> HttpResponse:
    """Everything about this person's flowers."""
    donors = purses_of(request)
    today = clock.local_date(clock.now(), settings.TIME_ZONE)
    by_deed = count_flowers_by_kind(donors)
    given = selectors.sum_given(donors, settings.TIME_ZONE)
    letters = selectors.list_letters(donors) if donors else []
    rallies = selectors.list_rallies_of_person(donors) if donors else []
    earned = sum(by_deed.values())
    level, following = find_level(earned)
    context = {
        "books": get_flower_books(donors),
        "earned": earned,
        "given": given,
        "by_deed": [(*DEEDS.get(deed, _OTHER), count) for deed, count in by_deed.items()],
        "by_day": count_flowers_by_day(donors, today - timedelta(weeks=_WEEKS)),
        "today": today,
        "weeks": _WEEKS,
        "ballots": selectors.get_ballots_of_person(donors, limit=_BALLOTS) if donors else [],
        "elsewhere": _find_names(list_given(donors, _BALLOTS)),
        "unlocked": _find_projects(list_unlocked(donors)),
        "letters": letters[:3],
        "unread": sum(not letter.is_read for letter in letters),
        "level": level,
        "following": following,
        "badges": list_badges(
            earned=earned, kinds=len(by_deed), dreams=given.dreams, granted=given.granted, returned=given.returned,
            letters=sum(letter.is_read for letter in letters), friends=sum(rally.friends for rally in rallies),
        ),
        "stems": plot_garden(earned),
        "rallies": rallies,
        "year": today.year,
    }  # fmt: skip
    return render(request, "flower_site/flowers.html", context)


@dataclass(frozen=True, slots=True)
class Went:
    """Flowers given to something that is no dream: a friend's team, a project's bonus."""

    title: str
    href: str
    icon: str
    given: GivenView


def _find_names(given: list[GivenView]) -> list[Went]:
    """The gifts to teams and projects with their names; dreams have a list of their own."""
    teams = find_teams(each.to_owner_id for each in given if each.to_kind == AccountKind.TEAM_FLOWERS)
    to_projects = [each for each in given if each.to_kind == AccountKind.BONUS_FLOWERS]
    bonuses = find_bonuses_of_gifts(each.id for each in to_projects) if to_projects else {}
    wanted = {each.to_owner_id for each in to_projects} | {project for _, project in bonuses.values()}
    projects = find_projects_by_id(wanted)
    found = []
    for each in given:
        if each.to_owner_id in teams:
            campaign, name = teams[each.to_owner_id]
            found.append(Went(name, f"/scenes/{campaign}/teams/{each.to_owner_id}", "users", each))
        elif each.id in bonuses:
            festival, project_id = bonuses[each.id]
            project = projects[project_id]
            found.append(
                Went(pick(project, "title"), f"/festivals/{festival}/bonus/{project.slug}", "hand-heart", each)
            )
        elif each.to_owner_id in projects:
            project = projects[each.to_owner_id]
            found.append(Went(pick(project, "title"), f"/projects/{project.slug}", "hand-heart", each))
    return found


def _find_projects(unlocked: list[Unlocked]) -> list[tuple[ProjectView, Unlocked]]:
    """What sponsors gave because of this person, with the projects that got it."""
    known = find_projects_by_id({each.project_id for each in unlocked})
    return [(known[each.project_id], each) for each in unlocked if each.project_id in known]


def plot_garden(earned: int) -> list[Stem]:
    """Where each flower stands: the same ones stay as more grow beside them; a few dozen at most."""
    stems = []
    for place in range(min(earned, _GARDEN_MAX)):
        rng = Random(place)  # noqa: S311 - decoration only
        x = 20 + (place * 233 + rng.randint(-9, 9)) % 600
        stems.append(Stem(x, rng.randint(48, 150), rng.randint(20, 38), rng.randint(-14, 14)))
    return sorted(stems, key=lambda stem: -stem.height)
