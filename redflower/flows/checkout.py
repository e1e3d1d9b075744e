"""From a donor's wish to the provider's page: durable intent first, then the provider, never the other way round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from redflower.adapters.sandbox import SandboxClient
from redflower.adapters.sandbox_bank import ChargeRequest
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.donations.services import make_gifts
from redflower.domains.donations.types import GiftRequest, GiftView, IntentOutcome
from redflower.domains.projects.selectors import find_projects_by_id
from redflower.domains.projects.types import ProjectView
from redflower.kernel.errors import Refusal
from redflower.kernel.money import CNY

PROVIDER = "sandbox"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A gift that waits to be paid on the provider's page."""

    gift_id: UUID
    amount_minor: int
    expires_at: datetime
    pay_url: str
    replayed: bool


def open_checkouts(
    requests: Sequence[GiftRequest],
    client: SandboxClient,
    policy: GivingPolicy,
    notice_url: str,
    return_path_of: Callable[[UUID], str],
    name_project: Callable[[ProjectView], str],
    now: datetime,
) -> list[Checkout | Refusal]:
    """Writes the intent of each gift and asks the provider where it can be paid.

    Shape: one answer per request, in order. `name_project`: what the payer reads on the provider's page.
    Errors, per request: those of `make_gifts`. Raised: the adapter's, after the intents are durable.
    Replay: asking again with the same keys finishes what an earlier call left half-way and gives the same pages.
    """
    answers = make_gifts(requests, PROVIDER, policy, now)
    projects = find_projects_by_id({request.project_id for request in requests})
    intents = [
        (place, answer, name_project(projects[requests[place].project_id]))
        for place, answer in enumerate(answers)
        if isinstance(answer, IntentOutcome)
    ]
    charges = [_ask_to_collect(intent, title, notice_url, return_path_of) for _, intent, title in intents]
    pages = client.create(charges) if charges else []
    opened = {
        place: Checkout(intent.gift_id, intent.amount_minor, intent.expires_at, page.url, intent.replayed)
        for (place, intent, _), page in zip(intents, pages, strict=True)
    }
    return [answer if isinstance(answer, Refusal) else opened[place] for place, answer in enumerate(answers)]


def reopen_checkout(
    gift: GiftView, title: str, client: SandboxClient, notice_url: str, return_path_of: Callable[[UUID], str]
) -> str:
    """Where a gift that still waits for its payment can be paid: the page its donor was sent to first, which keeps its title.

    Errors: the adapter's.
    """
    intent = IntentOutcome(gift.id, gift.amount_minor, gift.expires_at, replayed=True)
    [page] = client.create([_ask_to_collect(intent, title, notice_url, return_path_of)])
    return page.url


def _ask_to_collect(
    intent: IntentOutcome, title: str, notice_url: str, return_path_of: Callable[[UUID], str]
) -> ChargeRequest:
    return ChargeRequest(
        order_no=str(intent.gift_id),
        amount_minor=intent.amount_minor,
        currency=CNY,
        description=title,
        return_path=return_path_of(intent.gift_id),
        notice_url=notice_url,
        expires_at=intent.expires_at,
    )
