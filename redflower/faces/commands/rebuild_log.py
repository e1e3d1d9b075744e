"""`redflower rebuild-log`: writes the public log's files again, from the entries in the database alone."""

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from redflower.domains.proofs import selectors
from redflower.faces.commands.outsiders import answer, say
from redflower.faces.followers.proofs import LogKeeper
from redflower.kernel.tlog import list_tiles
from redflower.plumbing.console import pick
from redflower.plumbing.log_files import LogFiles


def run(arguments: Sequence[str]) -> int:
    """Writes every tile, bundle and the checkpoint into a new folder, compares them with what is published, and with
    --replace puts them in its place. 0 when they are the same, 1 when they differ or the entries do not give the
    signed root."""
    parser = argparse.ArgumentParser(prog="redflower rebuild-log", description=__doc__)
    replace_help = pick("用重写的文件替换公开的文件", "put the new files in the place of the published ones")
    parser.add_argument("--replace", action="store_true", help=replace_help)
    args = parser.parse_args(arguments)
    return answer(lambda: _rebuild(replace=args.replace))


def _rebuild(*, replace: bool) -> int:
    published = Path(settings.REDFLOWER_LOG)
    fresh = published.with_name("log-rebuilt")
    shutil.rmtree(fresh, ignore_errors=True)  # of an earlier run
    LogKeeper(fresh).catch_up()
    size = selectors.get_last_signed().size
    differing = _find_differing(LogFiles(published), LogFiles(fresh), size)
    for name in differing[:10]:
        say("✗", f"不同：{name}", f"differs: {name}")
    say("✓", f"{size:,} 条写成了 {fresh}", f"{size:,} entries are written to {fresh}")
    if replace:
        before = published.with_name(f"log-before-{os.getpid()}")
        if published.exists():
            published.rename(before)
        fresh.rename(published)
        say("✓", f"已替换；原来的文件在 {before}", f"replaced; the files of before are in {before}")
        return 0
    return 1 if differing else 0


def _find_differing(published: LogFiles, fresh: LogFiles, size: int) -> list[str]:
    """The files that are not the same; a partial tile that is gone because its tile is full is not asked for."""
    names = [tile.path for tile in list_tiles(size)]
    return [name for name in [*names, "checkpoint", "key"] if published.read(name) != fresh.read(name)]
