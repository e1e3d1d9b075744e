"""IATI 2.03: projects as activities, charities as organisations.

Money is told by month and source, not gift by gift: IATI speaks about activities, and nobody's single gift belongs in
a register of aid. Every sum is of entries below the checkpoint.
Source: IATI Standard 2.03, activity and organisation standards; sector codes are those of the OECD's DAC.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, tostring  # written only, never read
from zoneinfo import ZoneInfo

from redflower.domains.organizations.types import CharityKind, CharityView
from redflower.domains.projects.types import Cause, Openness, ProjectView
from redflower.faces.shared.exports.rows import SPONSORS, Sum, Tally
from redflower.kernel.money import FEN_PER_YUAN

VERSION = "2.03"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ORG_TYPE = {CharityKind.FOUNDATION: "60", CharityKind.ASSOCIATION: "22", CharityKind.SERVICE: "22"}
_STATUS = {Openness.UPCOMING: "1", Openness.OPEN: "2", Openness.FINISHED: "3", Openness.PAUSED: "6"}
_SECTOR = {
    Cause.EDUCATION: "11120", Cause.CHILDREN: "16010", Cause.HEALTH: "12220", Cause.DISABILITY: "16010",
    Cause.ELDERLY: "16010", Cause.RURAL: "43040", Cause.ENVIRONMENT: "41010", Cause.ANIMALS: "41030",
    Cause.DISASTER: "72010", Cause.CULTURE: "16061", Cause.WOMEN: "15170", Cause.COMMUNITY: "15150",
}  # fmt: skip
_FUNDING, _IMPLEMENTING = "1", "4"
_INCOMING_FUNDS = "1"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who publishes, from where, and how organisations are named. `prefix` goes before a unified social credit code."""

    base_url: str
    name_zh: str
    name_en: str
    prefix: str
    zone: ZoneInfo
    now: datetime

    def org_id(self, charity: CharityView) -> str:
        """An organisation's identifier."""
        return f"{self.prefix}-{charity.uscc}"


def open_activities(issuer: Issuer) -> bytes:
    """What comes before the first activity."""
    stamp = issuer.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<iati-activities version="{VERSION}" generated-datetime="{stamp}">\n'
    ).encode()


CLOSE_ACTIVITIES = b"</iati-activities>\n"


def write_activity(
    project: ProjectView, openness: Openness, charity: CharityView, tally: Tally, issuer: Issuer
) -> bytes:
    """One project as an activity."""
    root = Element("iati-activity", {"default-currency": "CNY", _XML_LANG: "zh"})
    if project.cause == Cause.DISASTER:
        root.set("humanitarian", "true")
    identifier = f"{issuer.org_id(charity)}-{project.id}"
    SubElement(root, "iati-identifier").text = identifier
    _charity(SubElement(root, "reporting-org", _reporter(charity, issuer)), charity)
    _say(SubElement(root, "title"), project.title_zh, project.title_en)
    _say(SubElement(root, "description", type="1"), project.summary_zh, project.summary_en)
    _participants(root, charity, tally, project, issuer)
    other = SubElement(root, "other-identifier", ref=project.filing_no, type="A3")
    _say(SubElement(other, "owner-org"), "中华人民共和国民政部", "Ministry of Civil Affairs, China")
    SubElement(root, "activity-status", code=_STATUS[openness])
    _dates(root, project, issuer)
    SubElement(root, "activity-scope", code="4")
    SubElement(root, "recipient-country", code="CN", percentage="100")
    SubElement(root, "sector", vocabulary="1", code=_SECTOR[project.cause], percentage="100")
    for start, end, minor in split_by_year(project.goal_minor, *_days(project, issuer)):
        budget = SubElement(root, "budget", type="1", status="1")
        SubElement(budget, "period-start", {"iso-date": start.isoformat()})
        SubElement(budget, "period-end", {"iso-date": end.isoformat()})
        _value(budget, minor, start)
    for (year, month, pool), each in sorted(tally.months.get(str(project.id), {}).items()):
        if each.minor:
            _transaction(root, f"{identifier}-{year}-{month:02}-{pool or 'gifts'}", pool, each, charity, tally, issuer)
    address = f"{issuer.base_url}/projects/{project.slug}"
    _document(root, address, "A12", "项目页面", "Project page")
    _document(root, f"{address}/ledger", "A05", "公开账本", "Public ledger")
    return tostring(root, "utf-8", xml_declaration=False) + b"\n"


def write_organisations(charities: Iterable[CharityView], issuer: Issuer) -> Iterator[bytes]:
    """Every charity as an organisation, in pieces."""
    stamp = issuer.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    head = f'<iati-organisations version="{VERSION}" generated-datetime="{stamp}">'
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n'.encode()
    for charity in charities:
        root = Element("iati-organisation", {"default-currency": "CNY", _XML_LANG: "zh"})
        SubElement(root, "organisation-identifier").text = issuer.org_id(charity)
        _charity(SubElement(root, "name"), charity)
        _charity(SubElement(root, "reporting-org", _reporter(charity, issuer)), charity)
        _document(root, f"{issuer.base_url}/charities/{charity.slug}", "B03", "机构页面", "Page of the organisation")
        yield tostring(root, "utf-8", xml_declaration=False) + b"\n"
    yield b"</iati-organisations>\n"


def split_by_year(minor: int, start: date, end: date) -> list[tuple[date, date, int]]:
    """An amount over a span of days as budgets of at most a year each, in proportion to their days, exact to the fen.

    Units: fen. Source: IATI 2.03, a budget's period must not be longer than a year.
    """
    days = (end - start).days + 1
    parts, given, first = [], 0, start
    while first <= end:
        last = min(_a_year_on(first) - timedelta(days=1), end)
        upto = minor * ((last - start).days + 1) // days
        parts.append((first, last, upto - given))
        given, first = upto, last + timedelta(days=1)
    return parts


def _a_year_on(day: date) -> date:
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return day.replace(year=day.year + 1, day=min(day.day, last))


def _days(project: ProjectView, issuer: Issuer) -> tuple[date, date]:
    start, end = (at.astimezone(issuer.zone).date() for at in (project.starts_at, project.ends_at))
    return start, max(start, end)


def _dates(root: Element, project: ProjectView, issuer: Issuer) -> None:
    today = issuer.now.astimezone(issuer.zone).date()
    start, end = _days(project, issuer)
    SubElement(root, "activity-date", {"type": "1", "iso-date": start.isoformat()})
    if start <= today:
        SubElement(root, "activity-date", {"type": "2", "iso-date": start.isoformat()})
    SubElement(root, "activity-date", {"type": "3", "iso-date": end.isoformat()})
    if end < today:
        SubElement(root, "activity-date", {"type": "4", "iso-date": end.isoformat()})


def _participants(root: Element, charity: CharityView, tally: Tally, project: ProjectView, issuer: Issuer) -> None:
    pools = sorted({pool for _, _, pool in tally.months.get(str(project.id), {}) if pool and pool != SPONSORS})
    _say(SubElement(root, "participating-org", role=_FUNDING, type="72"), "公众捐赠人", "Donors from the public")
    for pool in pools:
        facts = tally.pools[pool]
        funder = SubElement(root, "participating-org", role=_FUNDING, type="70")
        _say(funder, facts["sponsor_zh"], facts["sponsor_en"])
    implementing = {"role": _IMPLEMENTING, "ref": issuer.org_id(charity), "type": _ORG_TYPE[charity.kind]}
    _charity(SubElement(root, "participating-org", implementing), charity)


def _transaction(
    root: Element, ref: str, pool: str, each: Sum, charity: CharityView, tally: Tally, issuer: Issuer
) -> None:
    entry = SubElement(root, "transaction", ref=ref)
    SubElement(entry, "transaction-type", code=_INCOMING_FUNDS)
    SubElement(entry, "transaction-date", {"iso-date": each.last_on.isoformat()})
    _value(entry, each.minor, each.last_on)
    about = SubElement(entry, "description")
    if pool == SPONSORS:
        _say(about, "当月出资方经善行和梦想给出的", "Given in this month by sponsors, through deeds and dreams")
        _say(SubElement(entry, "provider-org", type="70"), "出资方", "Sponsors")
    elif pool:
        facts = tally.pools[pool]
        _say(
            about,
            f"当月配捐，来自“{facts['name_zh']}”",
            f"Matched in this month by {facts['name_en'] or facts['name_zh']}",
        )
        _say(SubElement(entry, "provider-org", type="70"), facts["sponsor_zh"], facts["sponsor_en"])
    else:
        _say(about, f"当月到账的 {each.rows} 笔捐赠", f"{each.rows} gifts that arrived in this month")
        _say(SubElement(entry, "provider-org", type="72"), "公众捐赠人", "Donors from the public")
    _charity(SubElement(entry, "receiver-org", ref=issuer.org_id(charity)), charity)


def _reporter(charity: CharityView, issuer: Issuer) -> dict[str, str]:
    # The platform reports for the charity, which is what IATI calls a secondary reporter.
    return {"ref": issuer.org_id(charity), "type": _ORG_TYPE[charity.kind], "secondary-reporter": "1"}


def _charity(parent: Element, charity: CharityView) -> None:
    _say(parent, charity.name_zh, charity.name_en)


def _say(parent: Element, zh: str, en: str) -> None:
    for language, text in (("zh", zh), ("en", en)):
        if text:
            SubElement(parent, "narrative", {_XML_LANG: language}).text = text


def _value(parent: Element, minor: int, on: date) -> None:
    value = SubElement(parent, "value", {"currency": "CNY", "value-date": on.isoformat()})
    value.text = f"{minor // FEN_PER_YUAN}.{minor % FEN_PER_YUAN:02}"


def _document(parent: Element, address: str, category: str, zh: str, en: str) -> None:
    link = SubElement(parent, "document-link", url=address, format="text/html")
    _say(SubElement(link, "title"), zh, en)
    SubElement(link, "category", code=category)
    for language in ("zh", "en"):
        SubElement(link, "language", code=language)
