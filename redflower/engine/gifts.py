"""Gifts and payment notices at the door: read, queued for one commit with whatever else came, answered once durable."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any
from uuid import UUID

import psycopg

from redflower.domains.donations.posting import make_gifts
from redflower.domains.donations.types import GiftRequest, GiftState, IntentOutcome
from redflower.domains.payments.errors import OrderNotFound
from redflower.domains.payments.types import AlarmKind, NoticeOutcome, PaymentNotice
from redflower.domains.people.posting import welcome_guests
from redflower.domains.projects.errors import ProjectNotFound
from redflower.engine.answers import Reply, choose_language, describe, reply
from redflower.engine.batch import Batcher
from redflower.engine.config import FOR_DONORS, FOR_GIFTS, GIVING, LIST_MAX, Config
from redflower.engine.look import Look
from redflower.engine.refusals import DonorTokenInvalid, ProviderUnknown
from redflower.engine.settle import settle_notices
from redflower.engine.wire import GiftAsked, GiftOpened, Strict
from redflower.kernel.canon import instant
from redflower.kernel.errors import Refusal
from redflower.kernel.ids import new_id, private_token, read_private_token, spell_id
from redflower.plumbing.trips import InFewTrips

Connection = psycopg.Connection[Any]
CHANNEL = "api"
PROVIDER = "sandbox"

_read_gifts = Strict(GiftAsked).read
_spell = lru_cache(maxsize=256)(instant)  # a tick's gifts expire together


Asked = Sequence[GiftRequest]
Answers = Sequence[IntentOutcome | Refusal]
Told = Sequence[PaymentNotice]
Outcomes = Sequence[NoticeOutcome]


def open_gifts(ask_time: Callable[[], datetime]) -> InFewTrips[Asked, Answers]:
    """What the batcher of gifts does: the intents of all that waits as one list, taken apart again."""

    def work(conn: Connection, items: list[Asked]) -> list[Answers]:
        requests = [*chain.from_iterable(items)]
        at = ask_time()
        welcome_guests(conn, [request.donor_id for request in requests], at)
        return _apart(make_gifts(conn, requests, PROVIDER, GIVING, at), items)

    return InFewTrips(work)


def settle_told(config: Config, ask_time: Callable[[], datetime]) -> Callable[[Connection, list[Told]], list[Outcomes]]:
    """What the batcher of notices does: one settlement for all that waits, taken apart again."""

    def work(conn: Connection, items: list[Told]) -> list[Outcomes]:
        notices = [*chain.from_iterable(items)]
        return _apart(settle_notices(conn, notices, config.settle_policy, ask_time()) if notices else [], items)

    return work


def _apart(answers: Sequence[Any], items: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """As many answers for each request as it has items."""
    rest = iter(answers)
    return [[*islice(rest, len(item))] for item in items]


class GiftDoor:
    """The handlers of `/v1/gifts` and `/v1/notices`."""

    def __init__(
        self,
        config: Config,
        ask_time: Callable[[], datetime],
        opener: Batcher[Asked, Answers],
        settler: Batcher[Told, Outcomes],
        look: Look,
        admit: Callable[[Any, int, str], None],
    ) -> None:
        self._opener, self._settler, self._look, self._ask_time, self._admit = opener, settler, look, ask_time, admit
        self._sandbox = config.sandbox
        self._gift_key, self._donor_key = config.key_for(FOR_GIFTS), config.key_for(FOR_DONORS)
        base = config.environment.base_url
        self._gift_url = f"{base}/g/"
        self._pay_url = f"{base}{config.sandbox.link_path}?"
        self._links = config.sandbox.write_links(f"{config.environment.door_url}/v1/notices/{PROVIDER}")

    async def open(self, scope: Any, body: bytes, rest: str) -> Reply:
        """Makes a gift, or each gift of an array, and says where it is paid.

        Shape: one object for one, an array for an array; in an array a refused gift has its problem in its place.
        Errors: those of `Strict.read`, TooManyGifts, those of `Batcher.put`; for a gift: DonorTokenInvalid,
        ProjectNotFound, those of `make_gifts`.
        Replay: the same donor, key and content is answered with the first gift and its present state.
        """
        asked, is_list = _read_gifts(body, LIST_MAX)
        self._admit(scope, len(asked), asked[0].donor_token or "")
        newcomer = new_id()  # gifts without a token are all one new donor's
        requests: list[GiftRequest | Refusal] = []
        for gift in asked:
            if gift.project not in self._look.projects:
                await self._look.find_project(gift.project)
            requests.append(self._read(gift, newcomer))
        wanted = [request for request in requests if isinstance(request, GiftRequest)]
        answers = iter(await self._opener.put(wanted, len(wanted)) if wanted else ())
        language = choose_language(scope.headers.get("accept-language", ""))
        told: list[GiftOpened | Refusal] = []
        for gift, request in zip(asked, requests, strict=True):
            outcome = request if isinstance(request, Refusal) else next(answers)
            if isinstance(outcome, Refusal):
                told.append(outcome)
                continue
            state = GiftState.PENDING  # where a fresh gift is; a replayed one has to be looked up
            if outcome.replayed:
                state = await self._look.find_state(outcome.gift_id)
            told.append(self._show(gift, newcomer, outcome, state, language))
        if is_list:
            return reply([{"problem": describe(one, language)} if isinstance(one, Refusal) else one for one in told])
        if isinstance(told[0], Refusal):
            raise told[0]
        return reply(told[0])

    def _read(self, gift: GiftAsked, newcomer: UUID) -> GiftRequest | Refusal:
        donor_id = read_private_token(gift.donor_token, self._donor_key) if gift.donor_token else newcomer
        if donor_id is None:
            return DonorTokenInvalid()
        project = self._look.projects.get(gift.project)
        if project is None:
            return ProjectNotFound()
        return GiftRequest(
            gift.idempotency_key,
            donor_id,
            project.id,
            gift.amount_minor,
            gift.shown_as or "anonymous",
            gift.shown_name or "",
            gift.message or "",
            CHANNEL,
        )

    def _show(
        self, gift: GiftAsked, newcomer: UUID, outcome: IntentOutcome, state: GiftState, language: str
    ) -> GiftOpened:
        token = private_token(outcome.gift_id, self._gift_key)
        link = None
        if state is GiftState.PENDING:
            link = self._pay_url + self._links.write(
                spell_id(outcome.gift_id),
                outcome.amount_minor,
                self._look.projects[gift.project].quoted_titles[language],
                f"/g/{token}",
                outcome.expires_at,
            )
        return GiftOpened(
            token,
            self._gift_url + token,
            link,
            state,
            outcome.amount_minor,
            _spell(outcome.expires_at),
            outcome.replayed,
            gift.donor_token or private_token(newcomer, self._donor_key),
        )

    async def notice(self, scope: Any, body: bytes, provider: str) -> Reply:
        """Settles a signed notice, or an array of them under one signature, and says what became of each.

        A notice that does not fit is parked for operators and acknowledged, so that the provider stops repeating it.
        A single one about an order we do not know is answered 404: our own row may still be on its way.
        Errors: ProviderUnknown, those of `SandboxClient.verify_notices`, those of `Batcher.put`, OrderNotFound.
        """
        if provider != PROVIDER:
            raise ProviderUnknown
        notices = self._sandbox.verify_notices(dict(scope.headers.items()), body, self._ask_time())
        outcomes = await self._settler.put(notices, max(len(notices), 1))
        if len(outcomes) == 1 and outcomes[0].alarm == AlarmKind.UNKNOWN_ORDER:
            raise OrderNotFound
        told = [{"order_no": outcome.order_id, "result": outcome.result} for outcome in outcomes]
        return reply(told if body.lstrip()[:1] == b"[" else told[0])
