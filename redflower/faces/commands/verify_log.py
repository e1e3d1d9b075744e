"""`redflower verify log --from URL`: reads the whole public log and checks everything it promises.

Signature, every tile, every entry's format, every fact told once, and that it goes on from what was seen last time.
"""

import time
from collections.abc import Sequence

from redflower.faces.commands.log_reader import LogDisagrees, LogReader, Sums
from redflower.faces.commands.outsiders import AGREES, answer, make_parser, say
from redflower.kernel.note import Checkpoint
from redflower.kernel.tlog import ENTRIES, Edge, check_tile, list_tiles

_KINDS = {
    "gift": ("笔捐赠", "gifts"),
    "award": ("笔配捐结果", "awards"),
    "flower": ("批小红花", "batches of flowers"),
    "bonus_counted": ("天的小红花计数", "days of flowers counted"),
    "slice": ("个时间片", "slices"),
    "pool_announced": ("个配捐池公布", "pools announced"),
    "pool_revealed": ("个密钥公布", "secrets revealed"),
    "pool_closed": ("个配捐池结清", "pools closed"),
    "rule_set": ("套规则", "rule sets"),
    "moves": ("批转账", "batches of transfers"),
    "dream_opened": ("个梦想开放", "dreams opened"),
    "dream_granted": ("个梦想实现", "dreams granted"),
    "dream_not_met": ("个梦想没有实现", "dreams not met"),
    "report": ("份报告", "reports"),
    "correction": ("份更正", "corrections"),
}


def run(arguments: Sequence[str]) -> int:
    """Prints what was checked; 0 when everything agrees, 1 when something differs, 2 when it cannot be read."""
    args = make_parser("verify log", __doc__).parse_args(arguments)
    return answer(lambda: _verify(LogReader(args.base, args.key, args.state)))


def _verify(reader: LogReader) -> int:
    started = time.monotonic()
    note, checkpoint = reader.fetch_checkpoint()
    if reader.key_is_new:
        say(
            "·",
            f"第一次来，记住它的公钥：{reader.key.text}",
            f"first visit; trusting its key from now on: {reader.key.text}",
        )
    say(
        "✓",
        f"检查点由 {reader.key.name} 签名：{checkpoint.size:,} 条",
        f"checkpoint signed by {reader.key.name}: {checkpoint.size:,} entries",
    )
    sums = verify_everything(reader, checkpoint)
    say(
        "✓",
        f"每一条都读过，根哈希一致：{checkpoint.root.hex()[:16]}…",
        f"every entry read; they give the signed root {checkpoint.root.hex()[:16]}…",
    )
    count = verify_tiles(reader, checkpoint)
    say("✓", f"{count:,} 片哈希瓦片与条目一致", f"{count:,} tiles of hashes agree with the entries")
    if reader.memory:
        seen = reader.memory.checkpoint.size
        say("✓", f"是从上次所见的 {seen:,} 条续写的", f"it continues the {seen:,} entries seen last time")
    check_pools(sums)
    for kind, number in sums.kinds.most_common():
        zh, en = _KINDS.get(kind, (kind, kind))
        say(" ", f"{number:>10,} {zh}", f"{number:>10,} {en}")
    reader.remember(note)
    say(
        "✓",
        f"全部核对完毕，用了 {time.monotonic() - started:.1f} 秒",
        f"everything checked, in {time.monotonic() - started:.1f} s",
    )
    return AGREES


def verify_everything(reader: LogReader, checkpoint: Checkpoint) -> Sums:
    """Reads every entry below a checkpoint, holds them against its root and against what was seen last time.

    Errors: LogDisagrees, and what reading raises.
    """
    known = reader.memory.checkpoint if reader.memory else None
    edge, sums = Edge(), Sums()
    for size in sorted({known.size if known else 0, checkpoint.size}):
        edge, added = reader.grow(edge, size)
        sums.merge(added)
        if known and size == known.size and edge.root != known.root:
            raise LogDisagrees(
                f"前 {size:,} 条与上次所见的不同：历史被改写了",
                f"the first {size:,} entries are not those seen last time: history was rewritten",
            )
    if edge.root != checkpoint.root:
        raise LogDisagrees(
            f"{checkpoint.size:,} 条的根哈希与签名的不符：有条目被改动、删去或换了位置",
            f"the {checkpoint.size:,} entries do not give the signed root: one was changed, removed or moved",
        )
    return sums


def verify_tiles(reader: LogReader, checkpoint: Checkpoint) -> int:
    """Holds every tile of hashes against the signed root; returns how many there are.

    Errors: LogDisagrees, and what reading raises.
    """
    tiles = [tile for tile in list_tiles(checkpoint.size) if tile.level != ENTRIES]
    leaves = [tile for tile in tiles if tile.level == 0]
    edge = Edge()
    above: dict[str, bytes] = {}
    for tile, content in zip(leaves, reader.read_ahead(leaves), strict=True):
        data = check_tile(content, tile)
        edge, full = edge.grow([data[place : place + 32] for place in range(0, len(data), 32)])
        above |= {grown.path: made for grown, made in full if grown.level}
    above |= {tile.path: made for tile, made in edge.partial_tiles() if tile.level}
    if edge.root != checkpoint.root:
        raise LogDisagrees("最底一层瓦片与签名的根哈希不符", "the tiles of level 0 do not give the signed root")
    for tile in tiles:
        if tile.level and check_tile(reader.read(tile.path), tile) != above[tile.path]:
            raise LogDisagrees(
                f"瓦片 {tile.path} 与下面一层不符", f"tile {tile.path} does not follow from the level below"
            )
    return len(tiles)


def check_pools(sums: Sums) -> None:
    """Returns when no pool gave more than it announced, and closed pools gave what they say.

    Errors: LogDisagrees.
    """
    for pool, granted in sums.granted.items():
        if granted > sums.budgets.get(pool, 0):
            raise LogDisagrees(f"配捐池 {pool} 发出的超过公布的总额", f"pool {pool} granted more than it announced")
        if pool in sums.closed and sums.closed[pool] != granted:
            raise LogDisagrees(
                f"配捐池 {pool} 结清时说的数与逐笔相加不同", f"pool {pool} closed with another sum than its awards give"
            )
