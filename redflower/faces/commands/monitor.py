"""`redflower monitor --from URL`: watches a site's public log, and raises the alarm when it goes back on its word.

It reads only what is new since the last look, holds it against the signed root, and remembers what it saw: a log that
contradicts itself, grows shorter, or whose totals fall is an alarm, and exit code 1.
"""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence

from redflower.faces.commands.log_reader import FileMissing, LogDisagrees, LogReader
from redflower.faces.commands.outsiders import AGREES, UNREADABLE, answer, make_parser, say
from redflower.kernel.note import Checkpoint, open_checkpoint
from redflower.kernel.tlog import Edge
from redflower.plumbing.console import pick

_NUMBERS = {
    "gifts": ("捐赠笔数", "gifts"),
    "given_minor": ("捐赠合计", "given"),
    "matched_minor": ("配捐合计", "matched"),
}


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
    """What a monitor has seen of a log.

    Errors, from every look: LogDisagrees, a Refusal that says what is malformed, FileMissing.
    """

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self.edge: Edge | None = None
        self.stated: dict[str, int] = {}
        self._stated_size = -1

    def look(self) -> Checkpoint:
        """Looks once; returns the checkpoint found."""
        reader = self.reader
        note, checkpoint = reader.fetch_checkpoint()
        if self.edge is None:
            self.edge = reader.edge_at(reader.memory.checkpoint) if reader.memory else Edge()
        seen = self.edge.size
        edge, sums = reader.grow(self.edge, checkpoint.size)
        if edge.root != checkpoint.root:
            raise LogDisagrees(
                f"{seen:,} 条之后新来的条目，与签名的根哈希不符：历史被改写，或条目与瓦片不同",
                f"the entries after the first {seen:,} do not give the signed root: history was rewritten or hidden",
            )
        self._check_totals()
        self.edge = edge
        reader.remember(note)
        new = checkpoint.size - seen
        kinds = ", ".join(f"{kind} {count}" for kind, count in sums.kinds.most_common())
        if new or not seen:
            say(
                "✓",
                f"{checkpoint.size:,} 条（新 {new:,}：{kinds}）",
                f"{checkpoint.size:,} entries ({new:,} new: {kinds})",
            )
        return checkpoint

    def _check_totals(self) -> None:
        """What is stated beside a checkpoint never falls; a reversal would be an entry of its own."""
        stated = json.loads(self.reader.read("totals.json"))
        size = open_checkpoint(stated["checkpoint"].encode(), self.reader.key).size
        for name, (zh, en) in _NUMBERS.items():
            known = self.stated.get(name, 0)
            if size >= self._stated_size and stated[name] < known:
                raise LogDisagrees(
                    f"{zh}变少了：从 {known:,} 到 {stated[name]:,}，记录里却没有冲正",
                    f"the total of {en} fell from {known:,} to {stated[name]:,}, and no reversal is in the log",
                )
        self.stated = {name: stated[name] for name in _NUMBERS}
        self._stated_size = size


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ArgumentTypeError(pick("应为正整数", "a whole number above zero"))
    return int(text)
