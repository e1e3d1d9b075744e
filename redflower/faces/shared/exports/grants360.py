"""360Giving: what sponsors' pools have given to projects, as grants.

A grant here is everything one pool awarded to one project. Single awards are a draw's results, a few yuan each, and
nobody's decision about a grantee; single gifts are not grants at all. Both are in the tables.
Source: 360Giving Data Standard 1.4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from redflower.domains.organizations.types import CharityView
from redflower.faces.shared.exports.iati import Issuer
from redflower.faces.shared.exports.rows import Sum, Tally
from redflower.faces.shared.exports.tables import LICENCE_URL
from redflower.kernel.canon import instant
from redflower.kernel.money import CNY, FEN_PER_YUAN

VERSION = "1.4"
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Grantee:
    """What a grant needs to know of the project it went to."""

    slug: str
    title_zh: str
    title_en: str
    charity: CharityView
    starts_on: date
    ends_on: date


def write_grants(tally: Tally, grantees: Mapping[str, Grantee], issuer: Issuer) -> Iterator[bytes]:
    """A package of all grants, in pieces; nothing at all when there are none, since a package must hold one."""
    lines = [
        (pool, project, each)
        for (pool, project), each in sorted(tally.granted.items())
        if each.minor and project in grantees
    ]
    if not lines:
        return
    head = _encode(_package(issuer))
    yield head[:-1] + b',"grants":['
    for place, (pool, project, each) in enumerate(lines):
        grant = _grant(pool, project, each, tally.pools[pool], grantees[project], issuer)
        yield (b",\n" if place else b"\n") + _encode(grant)
    yield b"\n]}\n"


def _package(issuer: Issuer) -> dict[str, Any]:
    return {
        "version": VERSION,
        "title": f"{issuer.name_en}: grants of matching pools",
        "description": "Every matching pool's awards, added up for each project that received any.",
        "issued": issuer.now.astimezone(issuer.zone).date().isoformat(),
        "modified": instant(issuer.now),
        "publisher": {"name": issuer.name_en, "website": issuer.base_url},
        "downloadURL": f"{issuer.base_url}/open/360giving.json",
        "accessURL": f"{issuer.base_url}/open",
        "license": LICENCE_URL,
    }


def _grant(
    pool: str, project: str, each: Sum, facts: Mapping[str, Any], grantee: Grantee, issuer: Issuer
) -> dict[str, Any]:
    name = facts["name_en"] or facts["name_zh"]
    title = grantee.title_en or grantee.title_zh
    closed = "The pool is closed." if facts.get("closed_at") else "The pool is still open: this sum may grow."
    charity = grantee.charity
    return {
        "id": f"360G-redflower-{pool}-{project}",
        "title": f"{name}: {title}",
        "description": f"{each.rows} gifts to this project took part in the pool's draws. {closed}",
        "currency": CNY,
        "amountAwarded": Decimal(each.minor).scaleb(-2) if each.minor % FEN_PER_YUAN else each.minor // FEN_PER_YUAN,
        "awardDate": each.last_on.isoformat(),
        "url": f"{issuer.base_url}/projects/{grantee.slug}/ledger",
        "plannedDates": [{"startDate": grantee.starts_on.isoformat(), "endDate": grantee.ends_on.isoformat()}],
        "recipientOrganization": [
            {
                "id": issuer.org_id(charity),
                "name": charity.name_en or charity.name_zh,
                "alternateName": charity.name_zh,
                "addressCountry": "CN",
                "url": f"{issuer.base_url}/charities/{charity.slug}",
            }
        ],
        "fundingOrganization": [
            {"id": f"360G-redflower-sponsor-{pool}", "name": facts["sponsor_en"] or facts["sponsor_zh"]}
        ],
        "grantProgramme": [{"code": pool, "title": name}],
        "beneficiaryLocation": [{"countryCode": "CN", "name": "China"}],
        "dateModified": instant(issuer.now),
        "dataSource": f"{issuer.base_url}/open/360giving.json",
    }
