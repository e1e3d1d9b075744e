"""The format of entries, and the commitments in them."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from redflower.domains.ledger.types import MATCH_SOURCES, AccountKind, Phase
from redflower.domains.proofs.errors import EntryIncomplete, EntryUnreadable
from redflower.domains.proofs.types import EntryKind, Fields, LoggedTotals
from redflower.kernel.ids import derive_id
from redflower.kernel.tlog import ENTRY_MAX_BYTES, check_entry

VERSION = 1
FLOWERS_AT_ONCE = 100  # items of one flower entry: about 20 KB, so that a receipt's proof stays small
MOVES_AT_ONCE = 100
LOG_LAG_SECONDS = 60  # a settled fact is in the log by then

# Every entry has these; `at` is when the fact was booked, RFC 3339 in UTC with microseconds, as all instants here.
COMMON = frozenset({"v", "kind", "id", "at"})
_MOVE = {"asset", "amount", "debit", "credit", "transfer"}  # a ledger transfer, accounts by public id
# What each kind has besides. Amounts are whole fen (asset CNY) or flowers (asset FLOWER); ids are UUIDs; hashes are hex.
FIELDS: dict[EntryKind, frozenset[str]] = {
    # A version of matching rules, in full; `sha256` is of the body's canonical bytes.
    EntryKind.RULE_SET: frozenset({"code", "version", "sha256", "body"}),
    # Before a pool opens: its budget, its rule and the commitment to its secret, with the festival's hours.
    EntryKind.POOL_ANNOUNCED: frozenset(
        {"festival", "position", "name_zh", "name_en", "sponsor_zh", "sponsor_en", "rule", "rule_sha256"}
        | {"secret_sha256", "opens_at", "closes_at", "slice_seconds", "allowance_seconds", *_MOVE}
    ),
    # A gift whose money has arrived. `donor` and `payment` are salted commitments (below), null once a person is
    # erased before their gift was logged; `tickets` are its places in draws: [festival, slice].
    EntryKind.GIFT: frozenset({"project", "donor", "payment", "made_at", "paid_at", "tickets", *_MOVE}),
    # Flowers of one rule earned at one moment; each item is [earning, day, flowers, subject, donor commitment].
    EntryKind.FLOWER: frozenset({"asset", "amount", "deed", "rule", "items"}),
    # What projects had gathered for their flower bonus as a local day began, for one pool, before that day's first draw:
    # from the least tier on, how many projects; `sha256` is of the day's line in the public file of the draw.
    EntryKind.BONUS_COUNTED: frozenset({"pool", "day", "projects", "sha256"}),
    # One pool's draw of one slice; `gifts_root` fixes which tickets took part.
    EntryKind.SLICE: frozenset({"pool", "slice", "gifts_root", "tickets", "eligible", "available", "granted"}),
    # What a pool decided for a gift, also when that is 0, and why; then no transfer.
    EntryKind.AWARD: frozenset({"pool", "gift", "slice", "project", "day", "reason", "rule", *_MOVE}),
    # After closing: the secret that was committed to.
    EntryKind.POOL_REVEALED: frozenset({"secret"}),
    # A pool at exactly 0; the transfer returns what was left, null when nothing was.
    EntryKind.POOL_CLOSED: frozenset({"granted", "returned", *_MOVE}),
    # Transfers of one kind booked at one moment: flowers of deeds, given and returned, sponsors' money, reversals.
    # `from` and `to` are kinds of accounts; each item is [transfer, owner it came from, owner it went to, amount,
    # subject, commitment, the transfer it reverses or ends]. An owner who is a person is null; the commitment (below)
    # is to that person and to the fact behind the transfer.
    EntryKind.MOVES: frozenset({"asset", "amount", "move", "rule", "phase", "from", "to", "items"}),
    # A dream before the public, with its grant reserved; `project` is what it becomes once it is granted.
    EntryKind.DREAM_OPENED: frozenset(
        {"round", "call", "charity", "project", "minimum", "opens_at", "closes_at", *_MOVE}
    ),
    # A dream that reached its minimum, with its grant paid; or one that did not, with its grant given back.
    EntryKind.DREAM_GRANTED: frozenset({"round", "project", "minimum", "flowers", *_MOVE}),
    EntryKind.DREAM_NOT_MET: frozenset({"round", "project", "minimum", "flowers", *_MOVE}),
    # A report as it was first published; `sha256` is of its canonical titles and texts.
    EntryKind.REPORT: frozenset({"project", "report", "title_zh", "title_en", "sha256"}),
    # Something published that was changed: whose page, what of it, the hashes of its canonical fields before and
    # after, and the reason that the public reads.
    EntryKind.CORRECTION: frozenset(
        {"about", "subject", "page", "fields", "was_sha256", "becomes_sha256", "reason_zh", "reason_en"}
    ),
}

# What an entry of a kind may have besides: pools announced before there was such a promise do not have it.
MAY_HAVE: dict[EntryKind, frozenset[str]] = {
    # By when every slice is drawn; one drawn later pays what is expected, without the secret.
    # And the public beacon its seeds are mixed with: network, public key, first round, seconds between rounds.
    EntryKind.POOL_ANNOUNCED: frozenset({"reveal_by", "beacon"}),
    # The round of that beacon: {round, signature}.
    EntryKind.SLICE: frozenset({"beacon"}),
}

# Accounts whose owner may be told: projects, pools, calls, dreams, campaigns, teams. All others belong to people.
PUBLIC_ACCOUNTS = frozenset(AccountKind) - {AccountKind.FLOWERS}
# Ledger transfers that an entry of another kind tells of.
TOLD_ELSEWHERE = ("gift", "award", "flower", "pool_funded", "pool_returned", "dream_grant")
# The events that tell of facts for the log.
HEARD = (
    "pool.announced", "gifts.settled", "bonus.counted", "slices.drawn", "pool.closed", "campaign.published", "round.opened",
    "transfers.booked", "dream.granted", "dream.not_met", "report.published", "change.published",
)  # fmt: skip

# The same bytes as `kernel.canon.canonical_bytes` for what entries hold, at a tenth of the time; a test holds them together.
_write = msgspec.json.Encoder(order="sorted").encode


def is_catching_up(logged: LoggedTotals, now: datetime) -> bool:
    """Whether what happened more than a minute ago is still being written."""
    return logged.waits_since is not None and logged.waits_since < now - timedelta(seconds=LOG_LAG_SECONDS)


def _refuse_floats(text: str) -> Any:
    raise EntryUnreadable


_read = msgspec.json.Decoder(float_hook=_refuse_floats).decode


def write_entry(kind: EntryKind, fields: Fields) -> bytes:
    """An entry's bytes: canonical JSON of exactly the fields of its kind, as strings, whole numbers, null and lists.

    Errors: EntryIncomplete naming a field that is missing or too many, EntryTooLarge.
    """
    if fields.keys() != _EXPECTED[kind] and (wrong := _find_wrong(kind, fields)):
        raise EntryIncomplete(kind=kind.value, field=wrong)
    return check_entry(_write({"v": VERSION, "kind": kind.value, **fields}))


_EXPECTED = {kind: own | {"id", "at"} for kind, own in FIELDS.items()}
_WHOLE = {kind: own | COMMON for kind, own in FIELDS.items()}


def _find_wrong(kind: EntryKind, fields: Mapping[str, Any]) -> str | None:
    """A field that is missing or too many."""
    return min((fields.keys() - {"v", "kind"} - MAY_HAVE.get(kind, frozenset())) ^ _EXPECTED[kind], default=None)


def read_entry(body: bytes) -> dict[str, Any]:
    """An entry's fields. A kind or version this code does not know is read as well: old tools must read new logs.

    Errors: EntryUnreadable (no canonical JSON object, no common fields, floats), EntryIncomplete, EntryTooLarge.
    """
    if len(body) > ENTRY_MAX_BYTES:
        check_entry(body)
    try:
        entry = _read(body)
        if not isinstance(entry, dict) or _write(entry) != body:
            raise EntryUnreadable
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise EntryUnreadable from None
    if missing := COMMON - entry.keys():
        raise EntryIncomplete(kind=str(entry.get("kind", "?")), field=min(missing))
    if entry["v"] == VERSION and entry["kind"] in FIELDS:
        kind = EntryKind(entry["kind"])
        if entry.keys() != _WHOLE[kind] and (wrong := _find_wrong(kind, entry)):
            raise EntryIncomplete(kind=entry["kind"], field=wrong)
    return entry


def slice_subject(pool_id: UUID, slice_no: int) -> UUID:
    """The id of a pool's draw of a slice, as the log knows it."""
    return derive_id(pool_id, f"slice:{slice_no}")


# --- commitments ----------------------------------------------------------------------------------


def make_salt(person_key: bytes, subject_id: UUID) -> bytes:
    """The salt of one entry's commitments: another one for every gift, so that no two gifts show that they are one
    person's; gone for ever once the person's key is destroyed."""
    return hmac.digest(person_key, b"log-salt" + subject_id.bytes, "sha256")


def commit_donor(salt: bytes, donor_id: UUID) -> str:
    """SHA-256(salt ‖ donor id): who gave, for those who are shown the salt."""
    return sha256(salt + donor_id.bytes).hexdigest()


def commit_payment(salt: bytes, provider: str, provider_txn: str, payer_id: str) -> str:
    """SHA-256(salt ‖ canonical JSON of [provider, transaction, payer]): the payment, for those who are shown the salt."""
    return sha256(salt + _write([provider, provider_txn, payer_id])).hexdigest()


def commit_fact(salt: bytes, owner_id: UUID, fact: Sequence[str | None]) -> str:
    """SHA-256(salt ‖ owner id ‖ canonical JSON of the fact): who did what, for those who are shown the salt."""
    return sha256(salt + owner_id.bytes + _write(fact)).hexdigest()


def add_up(entry: Mapping[str, Any]) -> list[tuple[str, int, int, int]]:
    """What an entry adds to projects' totals: (project, gifts, fen given, fen matched); nothing for most kinds."""
    match entry["kind"]:
        case EntryKind.GIFT:
            return [(entry["project"], 1, entry["amount"], 0)]
        case EntryKind.AWARD | EntryKind.DREAM_GRANTED if entry["amount"]:
            return [(entry["project"], 0, 0, entry["amount"])]
        case EntryKind.MOVES if entry["asset"] == "CNY" and entry["phase"] in ("posted", "post"):
            return _add_up_moves(entry)
    return []


# Moves that take something back from a gift: the gift itself, or what was added to it.
GIFT_RETURNED, AWARD_RETURNED = "gift_returned", "award_returned"


def list_returns(entry: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """What an entry says has gone back: (move, gift, fen); nothing while it is only promised, or when it failed."""
    if entry["kind"] != EntryKind.MOVES or entry["move"] not in (GIFT_RETURNED, AWARD_RETURNED):
        return []
    if entry["phase"] != Phase.POST:
        return []
    return [(entry["move"], subject, amount) for _, _, _, amount, subject, *_ in entry["items"]]


def _add_up_moves(entry: Mapping[str, Any]) -> list[tuple[str, int, int, int]]:
    """Money that came to projects from elsewhere than gifts, or went back where it came from; what is paid out to
    those who are helped takes nothing off."""
    comes = entry["to"] == AccountKind.PROJECT
    if comes == (entry["from"] == AccountKind.PROJECT):
        return []
    other = entry["from" if comes else "to"]
    is_given = other == AccountKind.DONORS
    if not comes and not is_given and other not in MATCH_SOURCES:
        return []
    sums = []
    for _, debit, credit, amount, *_ in entry["items"]:
        minor = amount if comes else -amount
        sums.append((credit if comes else debit, 0, minor if is_given else 0, 0 if is_given else minor))
    return sums
