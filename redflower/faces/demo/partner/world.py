"""Ambler's place in the demo: its file, its key, and one campaign of every kind, written through the doors everybody uses."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from redflower.domains.partners.services import open_endpoint
from redflower.domains.people.services import make_operator
from redflower.domains.projects.selectors import find_projects_by_slug, list_projects
from redflower.domains.scenes.selectors.campaigns import find_campaign
from redflower.domains.scenes.selectors.partners import find_partner, list_keys
from redflower.domains.scenes.services import campaigns as campaigns_services
from redflower.domains.scenes.services import partners as partners_services
from redflower.domains.scenes.services.together import NewItem, add_items
from redflower.domains.scenes.types import ItemState, KeyAlgorithm, Limits, NewCampaign, NewKey, NewPartner, Scope
from redflower.faces.demo.seeding import OPERATOR_A, OPERATOR_B
from redflower.faces.shared.scenes.doors import seal_key
from redflower.kernel.money import FEN_PER_YUAN

SLUG, SANDBOX = "ambler", "sandbox"
_OPEN_BEFORE, _OPEN_FOR = timedelta(days=20), timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Ambler:
    """The partner as its own server knows itself."""

    partner_id: UUID
    key_id: str
    pem: str
    endpoint_id: UUID


def settle_in(origin: str, key_file: Path, now: datetime) -> Ambler:
    """Registers Ambler, its key, its endpoint and the demo's campaigns, as far as they are missing.

    Replay: what is there stays. A key whose file is lost is replaced by a new one.
    """
    maker, checker = make_operator(OPERATOR_A, now), make_operator(OPERATOR_B, now)
    partner = find_partner(SLUG)
    if partner is None:
        file = NewPartner(SLUG, "慢行", "Ambler", origin, "hello@ambler.example", False, (origin,))
        [partner_id] = partners_services.register_partners([file], maker, now)
        partners_services.review_partners([partner_id], True, "", checker, now)
    else:
        partner_id = partner.id
        if origin not in partner.allowed_origins:
            partners_services.set_origins(partner_id, [*partner.allowed_origins, origin], maker, now)
    write_campaigns(maker, checker, now)
    key_id, pem = _own_key(partner_id, key_file, maker, now)
    endpoint_id = open_endpoint(partner_id, f"{origin}/hooks", [], now)
    if practice := find_partner(SANDBOX):
        open_endpoint(practice.id, f"{origin}/hooks/practice", [], now)
    return Ambler(partner_id, key_id, pem, endpoint_id)


def _own_key(partner_id: UUID, key_file: Path, actor_id: UUID, now: datetime) -> tuple[str, str]:
    if key_file.exists():
        key_id, _, pem = key_file.read_text().partition("\n")
        if any(str(key.id) == key_id and key.is_valid(now) for key in list_keys(partner_id)):
            return key_id, pem
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    new = NewKey(partner_id, KeyAlgorithm.ED25519, frozenset(Scope), public, "Ambler")
    [added] = partners_services.add_keys([new], seal_key(), actor_id, now)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key_file.parent.mkdir(parents=True, exist_ok=True)
    key_file.touch(mode=0o600)
    key_file.write_text(f"{added.id}\n{pem}")
    return str(added.id), pem


def write_campaigns(maker: UUID, checker: UUID, now: datetime) -> None:
    """Writes the demo's campaigns with their items, those that are missing: drafted by one operator, opened by another."""
    content = tomllib.loads((resources.files(__package__) / "scenes.toml").read_text("utf-8"))
    for told in content["campaigns"]:
        if find_campaign(told["slug"]) is not None:
            continue
        preset = campaigns_services.read_preset(told["kind"])
        rule_set = campaigns_services.publish_rule_set(
            preset["kind"], preset["code"], preset["version"], preset["body"], now
        )
        [campaign_id] = campaigns_services.save_campaigns([_campaign(told, rule_set, now)], maker, now)
        campaigns_services.submit_campaigns([campaign_id], maker, now)
        campaigns_services.review_campaigns([campaign_id], True, "", checker, now)
        own = [each for each in content["items"] if each["campaign"] == told["slug"]]
        for state in (ItemState.SHOWN, ItemState.HELD):
            items = [
                _item(each, campaign_id, now) for each in own if bool(each.get("held")) == (state == ItemState.HELD)
            ]
            if items:
                add_items(items, state, now)


def _campaign(told: Mapping[str, Any], rule_set: UUID, now: datetime) -> NewCampaign:
    known = find_projects_by_slug(told["projects"], now)
    projects = [known[slug].id for slug in told["projects"] if slug in known]
    return NewCampaign(
        slug=told["slug"],
        kind=told["kind"],
        rule_set_id=rule_set,
        title_zh=told["title_zh"],
        title_en=told["title_en"],
        summary_zh=told["summary_zh"],
        summary_en=told["summary_en"],
        opens_at=now - _OPEN_BEFORE,
        closes_at=now + _OPEN_FOR,
        limits=Limits(told.get("person_day_flowers"), told.get("person_day_minor")),
        sponsor_zh=told["sponsor_zh"],
        sponsor_en=told["sponsor_en"],
        budget_minor=told["budget_yuan"] * FEN_PER_YUAN,
        project_ids=tuple(projects or [each.id for each in list_projects(now=now, limit=3)]),
    )


_NOT_BODY = ("campaign", "code", "title_zh", "title_en", "author", "project", "held")


def _item(told: Mapping[str, Any], campaign_id: UUID, now: datetime) -> NewItem:
    slug = told.get("project", "")
    project = find_projects_by_slug([slug], now).get(slug) if slug else None
    body = {name: value for name, value in told.items() if name not in _NOT_BODY}
    if "text_zh" in body:
        body["characters"] = len(body["text_zh"])
    return NewItem(
        campaign_id=campaign_id,
        code=told["code"],
        title_zh=told["title_zh"],
        title_en=told["title_en"],
        body=body,
        project_id=project.id if project else None,
        author_name=told.get("author", ""),
    )
