"""`redflower monitor --from URL`: watches a site's public log, and raises the alarm when it goes back on its word.

It reads only what is new since the last look, holds it against the signed root, and remembers what it saw: a log that
contradicts itself, grows shorter, or whose totals move by anything but what its entries say is an alarm, and exit code
1. A gift that went back takes its amount off, in an entry that anybody can read: that is told, and is no alarm.
"""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence

from redflower.domains.proofs.rules import AWARD_RETURNED, GIFT_RETURNED
from redflower.faces.commands.log_reader import FileMissing, LogDisagrees, LogReader, Sums, Totals
from redflower.faces.commands.outsiders import AGREES, UNREADABLE, answer, make_parser, say, yuan
from redflower.kernel.note import Checkpoint, open_checkpoint
from redflower.kernel.tlog import Edge
from redflower.plumbing.console import pick

_NUMBERS = {
    "gifts": ("捐赠笔数", "gifts"),
    "given_minor": ("捐赠合计", "given"),
    "matched_minor": ("配捐合计", "matched"),
}
_TRIES, _MOMENT = 5, 0.2


def run(arguments: Sequence[str]) -> int:
    """Watches until told to stop; 0 when nothing was wrong, 1 with a sentence at the first alarm, 2 when a single
    look finds nobody there."""
    parser = make_parser("monitor", __doc__)
    every_help = pick("每隔几秒看一次", "seconds between two looks")
    parser.add_argument("--every", type=_seconds, default=10, metavar="SECONDS", help=every_help)
    for_help = pick("看多久就停（默认一直看）", "stop after this long (default: never)")
    parser.add_argument("--for", dest="limit", type=_seconds, metavar="SECONDS", help=for_help)
    parser.add_argument("--once", action="store_true", help=pick("只看一次", "look once"))
    args = parser.parse_args(arguments)
    return answer(lambda: _watch(LogReader(args.base, args.key, args.state), args.every, args.limit, once=args.once))


def _watch(reader: LogReader, every: int, limit: int | None, *, once: bool) -> int:
    watch = Watch(reader)
    deadline = time.monotonic() + limit if limit else None
    while True:
        try:
            watch.look()
        except FileMissing as missing:  # a site that is away has not gone back on its word
            say("!", f"暂时读不到 {missing.name}：{missing.why}", f"cannot read {missing.name} just now: {missing.why}")
            if once:
                return UNREADABLE
        if once or (deadline and time.monotonic() >= deadline):
            return AGREES
        time.sleep(every)


class Watch:
    """What a monitor has seen of a log: its edge, and the totals it last agreed with.

    Totals are held against the entries between two looks: they rise and fall by what these say, to the fen, and by
    nothing else. Somebody who looks for the first time adds up from the first entry on.
    Errors, from every look: LogDisagrees, a Refusal that says what is malformed, FileMissing.
    """

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self.edge = Edge()
        self.agreed = Totals(b"", dict.fromkeys(_NUMBERS, 0))
        self._agreed_size = 0
        self._since = Sums()  # of the entries behind the agreed totals, up to the edge
        self._has_looked = False
        if reader.memory and reader.memory.totals:
            self.agreed = reader.memory.totals
            checkpoint = open_checkpoint(self.agreed.note, reader.key)
            self.edge, self._agreed_size = reader.edge_at(checkpoint), checkpoint.size

    def look(self) -> Checkpoint:
        """Looks once; returns the checkpoint found."""
        reader = self.reader
        stated = self._read_totals()
        totals_at = open_checkpoint(stated.note, reader.key)
        note, checkpoint = self._fetch_checkpoint(totals_at.size)
        known = reader.memory.checkpoint if reader.memory else None
        before = self.edge.size
        seen = max(before, known.size if known else 0)
        kinds = Sums()
        for stop in sorted({totals_at.size, checkpoint.size, known.size if known else 0}):
            if not before <= stop <= checkpoint.size:
                continue
            edge, added = reader.grow(self.edge, stop)
            for expected in (known, totals_at, checkpoint):
                if expected and expected.size == stop and edge.root != expected.root:
                    raise _rewritten(stop, checkpoint.size, seen)
            self.edge = edge
            self._since.merge(added)
            if before >= seen or stop > seen:  # what was read again to add it up is not news
                kinds.merge(added)
            if stop == totals_at.size != self._agreed_size:
                self._check_totals(stated, stop)
        if self._agreed_size == totals_at.size:
            self._check_same(stated)
        else:
            say(
                "!",
                f"公布的合计对应 {totals_at.size:,} 条，现在还不能核对，下次再看",
                f"the stated totals are of {totals_at.size:,} entries, which cannot be compared now; next time",
            )
        reader.remember(note, self.agreed if self.agreed.note else None)
        self._tell(checkpoint.size, checkpoint.size - seen, kinds)
        return checkpoint

    def _tell(self, size: int, new: int, sums: Sums) -> None:
        if new or not self._has_looked:
            kinds = ", ".join(f"{kind} {count}" for kind, count in sums.kinds.most_common())
            zh, en = f"新 {new:,}", f"{new:,} new"
            say(
                "✓",
                f"{size:,} 条（{zh}{'：' * bool(kinds)}{kinds}）",
                f"{size:,} entries ({en}{': ' * bool(kinds)}{kinds})",
            )
        self._has_looked = True

    def _fetch_checkpoint(self, size: int) -> tuple[bytes, Checkpoint]:
        """The checkpoint, which may follow the totals by the moment it takes to publish files."""
        for _ in range(_TRIES):
            note, checkpoint = self.reader.fetch_checkpoint()
            if checkpoint.size >= size:
                break
            time.sleep(_MOMENT)
        return note, checkpoint

    def _read_totals(self) -> Totals:
        try:
            stated = json.loads(self.reader.read("totals.json"))
            return Totals(stated["checkpoint"].encode(), {name: int(stated[name]) for name in _NUMBERS})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LogDisagrees(f"合计读不懂（{error!r}）", f"the totals cannot be read ({error!r})") from None

    def _check_same(self, stated: Totals) -> None:
        if stated.numbers != self.agreed.numbers:
            raise LogDisagrees(
                f"同样的 {self._agreed_size:,} 条，公布的合计却是两个样",
                f"two different totals are stated for the same {self._agreed_size:,} entries",
            )

    def _check_totals(self, stated: Totals, size: int) -> None:
        """What is stated must be what was stated before, and what the entries in between add or take off."""
        added = self._since.whole()
        for name, (zh, en) in _NUMBERS.items():
            old, new = self.agreed.numbers[name], stated.numbers[name]
            if new != old + added[name]:
                raise LogDisagrees(
                    f"{zh}从 {old:,} 变成 {new:,}，这之间的条目却只说明 {added[name]:+,}",
                    f"the total of {en} went from {old:,} to {new:,}, but the entries in between say {added[name]:+,}",
                )
            if new < old:
                say(
                    "·",
                    f"{zh}变少了 {old - new:,}，记录里写着原因：{_tell_returns(self._since)[0]}",
                    f"the total of {en} fell by {old - new:,}, and the log says why: {_tell_returns(self._since)[1]}",
                )
        self.agreed, self._agreed_size, self._since = stated, size, Sums()


def _tell_returns(sums: Sums) -> tuple[str, str]:
    """What went back, in both languages."""
    told = [
        (f"{zh} {yuan(sums.returned[move])}", f"{en} {yuan(sums.returned[move])}")
        for move, zh, en in (
            (GIFT_RETURNED, "捐赠退回", "gifts given back"),
            (AWARD_RETURNED, "配捐退回", "matches given back"),
        )
        if sums.returned[move]
    ] or [("其他冲正", "other reversals")]
    return "，".join(zh for zh, _ in told), ", ".join(en for _, en in told)


def _rewritten(stop: int, size: int, seen: int) -> LogDisagrees:
    if stop <= seen and stop < size:
        return LogDisagrees(
            f"前 {stop:,} 条与上次所见的不同：历史被改写了",
            f"the first {stop:,} entries are not those seen last time: history was rewritten",
        )
    return LogDisagrees(
        f"{seen:,} 条之后新来的条目，与签名的根哈希不符：历史被改写，或条目与瓦片不同",
        f"the entries after the first {seen:,} do not give the signed root: history was rewritten or hidden",
    )


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ArgumentTypeError(pick("应为正整数", "a whole number above zero"))
    return int(text)
