"""What pages tell programs: schema.org facts as JSON-LD, in a block of data that no browser runs.

The page writes `<script type="application/ld+json">{{ linked }}</script>`; a `Linked` escapes itself so that no title
can end the block it stands in.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from redflower.domains.festivals.types import FestivalView, PoolView
from redflower.domains.organizations.types import CharityView
from redflower.domains.projects.types import ProjectView
from redflower.faces.shared.jinja import pick
from redflower.faces.shared.regions import find_region

_CONTEXT = "https://schema.org"
_CHINA = {"@type": "Country", "name": "CN"}
# What could end the block, begin another, or end a line of script.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
Facts = dict[str, Any]


class Linked:
    """Facts that a template prints as they are."""

    def __init__(self, *things: Facts) -> None:
        self.things = [thing for thing in things if thing]

    def __html__(self) -> Markup:
        text = json.dumps({"@context": _CONTEXT, "@graph": self.things}, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.translate(_ESCAPES))  # noqa: S704 - every character that markup knows is escaped

    def __and__(self, other: "Linked") -> "Linked":
        return Linked(*self.things, *other.things)


def describe_crumbs(places: Sequence[tuple[str, str]]) -> Linked:
    """Where a page stands: (name, absolute address), the page itself last."""
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": address}
        for place, (name, address) in enumerate(places, 1)
    ]
    return Linked({"@type": "BreadcrumbList", "itemListElement": items})


def describe_site(name: str, address: str) -> Linked:
    """The site and how it is searched; `address` ends in a slash."""
    search = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{address}projects?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    return Linked({"@type": "WebSite", "@id": address, "url": address, "name": name, "potentialAction": search})


def describe_charity(charity: CharityView, root: str) -> Linked:
    """A charity. `root` is the site's address without a slash."""
    return Linked(_charity(charity, root) | _about_charity(charity))


def describe_project(project: ProjectView, charity: CharityView, root: str, *, is_open: bool) -> Linked:
    """A project, who runs it and, while it is open, how to give to it."""
    address = f"{root}/projects/{project.slug}"
    region = find_region(project.region)
    facts: Facts = {
        "@type": "Project",
        "@id": f"{address}#project",
        "url": address,
        "name": pick(project, "title"),
        "description": pick(project, "summary"),
        "image": f"{root}{project.picture_url}",
        "identifier": _number("filing", project.filing_no),
        "foundingDate": project.starts_at.date().isoformat(),
        "parentOrganization": _charity(charity, root),
        "areaServed": {"@type": "AdministrativeArea", "name": pick(region, "name")} if region else _CHINA,
    }
    if is_open:
        facts["potentialAction"] = {
            "@type": "DonateAction",
            "name": pick(project, "title"),
            "recipient": {"@id": f"{root}/charities/{charity.slug}#charity"},
            "priceCurrency": "CNY",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{address}/calm"},
        }
    return Linked(facts)


def describe_festival(festival: FestivalView, pools: Sequence[PoolView], organizer: str, root: str) -> Linked:
    """A festival as an event that takes place online, with those who put money into its pools."""
    address = f"{root}/festivals/{festival.slug}"
    return Linked(
        {
            "@type": "Event",
            "@id": f"{address}#event",
            "url": address,
            "name": pick(festival, "name"),
            "description": pick(festival, "summary"),
            "startDate": festival.opens_at.isoformat(),
            "endDate": festival.closes_at.isoformat(),
            "eventStatus": f"{_CONTEXT}/EventScheduled",
            "eventAttendanceMode": f"{_CONTEXT}/OnlineEventAttendanceMode",
            "location": {"@type": "VirtualLocation", "url": address},
            "organizer": {"@type": "Organization", "name": organizer, "url": f"{root}/"},
            "sponsor": [
                {"@type": "Organization", "name": name}
                for name in dict.fromkeys(pick(pool, "sponsor") for pool in pools)
            ],
            "funder": [{"@type": "FundingScheme", "name": pick(pool, "name")} for pool in pools],
        }
    )


def describe_dataset(
    address: str, files: Sequence[str], kinds: Sequence[str], modified_at: datetime | None, licence: str
) -> Linked:
    """The open data, for catalogues of data: the files' addresses and their media types."""
    facts: Facts = {
        "@type": "Dataset",
        "@id": f"{address}#dataset",
        "url": address,
        "name": "Red Flower open data",
        "description": "Gifts without donors, matching awards, slices, pools, projects and charities, as the public log "
        "tells them up to a signed checkpoint; also as IATI 2.03 and 360Giving.",
        "license": licence,
        "isAccessibleForFree": True,
        "distribution": [
            {"@type": "DataDownload", "contentUrl": file, "encodingFormat": kind.partition(";")[0]}
            for file, kind in zip(files, kinds, strict=True)
        ],
    }
    return Linked(facts | ({"dateModified": modified_at.isoformat()} if modified_at else {}))


def _charity(charity: CharityView, root: str) -> Facts:
    address = f"{root}/charities/{charity.slug}"
    return {"@type": "NGO", "@id": f"{address}#charity", "url": address, "name": pick(charity, "name")}


def _about_charity(charity: CharityView) -> Facts:
    other = charity.name_en if pick(charity, "name") == charity.name_zh else charity.name_zh
    return {
        "description": pick(charity, "mission"),
        "foundingDate": charity.founded_on.isoformat(),
        "identifier": _number("uscc", charity.uscc),
        "areaServed": _CHINA,
    } | ({"alternateName": other} if other else {})


def _number(what: str, value: str) -> Facts:
    return {"@type": "PropertyValue", "propertyID": what, "value": value}
