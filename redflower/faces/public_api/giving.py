"""The list door for gifts: who gives, to what, and one answer per item."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from redflower.domains.donations.selectors import find_gift_states
from redflower.domains.donations.types import GiftRequest, GiftState
from redflower.domains.organizations.rules import is_slug
from redflower.domains.people.services import welcome_guests
from redflower.domains.projects.errors import ProjectNotFound
from redflower.domains.projects.selectors import find_projects_by_slug
from redflower.faces.public_api.donor_tokens import read_donor_token, write_donor_token
from redflower.faces.public_api.problems import describe_refusal
from redflower.faces.public_api.schemas.gifts import GiftAnswers, GiftAsked, GiftOpened, GiftRefused
from redflower.faces.public_api.schemas.problems import Problem
from redflower.faces.shared import instance
from redflower.faces.shared.jinja import pick
from redflower.flows.checkout import Checkout, open_checkouts
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id

CHANNEL = "api"


def ask_for_gifts(asked: Sequence[GiftAsked], now: datetime) -> GiftAnswers:
    """Opens a checkout for every gift that can be, and says why of the others.

    Shape: one answer per gift, in order.
    Errors, per gift: DonorTokenInvalid, ProjectNotFound, those of `make_gifts`. Raised: the provider's, when the
    intents are durable; asking again with the same keys and donor tokens finishes them.
    Replay: the same donor, key and content is answered with the first gift and its present state.
    """
    requests = _read_requests(asked, now)
    wanted = [request for request in requests if isinstance(request, GiftRequest)]
    if wanted:
        welcome_guests(sorted({request.donor_id for request in wanted}), now)
    outcomes = iter(
        open_checkouts(
            wanted,
            instance.sandbox_client(),
            instance.giving_policy(),
            instance.notice_url(),
            instance.gift_path,
            lambda project: pick(project, "title"),
            now,
        )
        if wanted
        else ()
    )
    answers = [(request, next(outcomes) if isinstance(request, GiftRequest) else request) for request in requests]
    states = _find_states([answer for _, answer in answers if isinstance(answer, Checkout)], now)
    return GiftAnswers(
        gifts=[
            GiftRefused(problem=Problem(**describe_refusal(answer)))
            if isinstance(answer, Refusal)
            else _show_checkout(answer, request.donor_id, states[answer.gift_id])
            for request, answer in answers
        ]
    )


def _read_requests(asked: Sequence[GiftAsked], now: datetime) -> list[GiftRequest | Refusal]:
    projects = find_projects_by_slug({gift.project for gift in asked if is_slug(gift.project)}, now)
    newcomer = new_id()
    requests: list[GiftRequest | Refusal] = []
    for gift in asked:
        try:
            donor_id = read_donor_token(gift.donor_token) if gift.donor_token else newcomer
            if gift.project not in projects:
                raise ProjectNotFound
            requests.append(_read_request(gift, donor_id, projects[gift.project].id))
        except Refusal as refusal:
            requests.append(refusal)
    return requests


def _read_request(gift: GiftAsked, donor_id: UUID, project_id: UUID) -> GiftRequest:
    return GiftRequest(
        idempotency_key=gift.idempotency_key,
        donor_id=donor_id,
        project_id=project_id,
        amount_minor=gift.amount_minor,
        shown_as=gift.shown_as,
        shown_name=gift.shown_name,
        message=gift.message,
        channel=CHANNEL,
    )


def _find_states(opened: Sequence[Checkout], now: datetime) -> dict[UUID, GiftState]:
    """A fresh gift waits to be paid; what became of a replayed one has to be looked up."""
    states = dict.fromkeys((checkout.gift_id for checkout in opened), GiftState.PENDING)
    replayed = [checkout.gift_id for checkout in opened if checkout.replayed]
    return states | (find_gift_states(replayed, now) if replayed else {})


def _show_checkout(checkout: Checkout, donor_id: UUID, state: GiftState) -> GiftOpened:
    path = instance.gift_path(checkout.gift_id)
    return GiftOpened(
        gift_token=path.rpartition("/")[2],
        url=f"{settings.REDFLOWER_BASE_URL}{path}",
        pay_url=f"{settings.REDFLOWER_BASE_URL}{checkout.pay_url}" if state == GiftState.PENDING else None,
        state=state,
        amount_minor=checkout.amount_minor,
        expires_at=checkout.expires_at,
        replayed=checkout.replayed,
        donor_token=write_donor_token(donor_id),
    )
