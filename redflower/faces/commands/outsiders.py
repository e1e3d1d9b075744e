"""What the commands for outsiders share: their arguments, their sentences, their exit codes."""

import argparse
import gettext
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from redflower.faces.commands.log_reader import LogDisagrees
from redflower.faces.commands.public_files import FileMissing
from redflower.kernel.errors import Refusal
from redflower.kernel.note import NoteKey, read_key
from redflower.plumbing.console import pick

AGREES, DIFFERS, UNREADABLE = 0, 1, 2
_PACKAGE = Path(__file__).resolve().parents[2]


def say(mark: str, zh: str, en: str) -> None:
    """Prints one line."""
    sys.stdout.write(f"{mark} {pick(zh, en)}\n")
    sys.stdout.flush()


def answer(check: Callable[[], int]) -> int:
    """Runs a check; what is wrong is said in one sentence, and becomes the exit code."""
    try:
        return check()
    except LogDisagrees as wrong:
        say("✗", wrong.zh, wrong.en)
        return DIFFERS
    except Refusal as refusal:
        say("✗", *explain(refusal))
        return DIFFERS
    except FileMissing as missing:
        say("✗", f"读不到 {missing.name}：{missing.why}", f"cannot read {missing.name}: {missing.why}")
        return UNREADABLE


def explain(refusal: Refusal) -> tuple[str, str]:
    """A refusal's sentence in Chinese and English, without a site's settings."""
    return refusal.sentence.format(**refusal.facts), _english(refusal.sentence).format(**refusal.facts)


def _english(sentence: str) -> str:
    return next((said for catalogue in _catalogues() if (said := catalogue.gettext(sentence)) != sentence), sentence)


@cache
def _catalogues() -> list[gettext.NullTranslations]:
    folders = (_PACKAGE / "kernel" / "locale", _PACKAGE / "domains" / "proofs" / "locale")
    return [gettext.translation("django", folder, ["en"], fallback=True) for folder in folders]


def make_parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with what every reader of a log takes."""
    parser = argparse.ArgumentParser(prog=f"redflower {name}", description=description, allow_abbrev=False)
    base_help = pick("网站地址，或存着这些文件的文件夹", "a site, or a folder that holds its files")
    parser.add_argument("--from", dest="base", required=True, metavar="URL|DIR", help=base_help)
    key_help = pick(
        "公钥；不给就用上次的，第一次则信任网站给的", "the public key; else the one of last time, or the site's own"
    )
    parser.add_argument("--key", type=_key, metavar="KEY", help=key_help)
    state_help = pick("记住上次所见的文件", "the file that remembers what was seen last time")
    parser.add_argument("--state", type=Path, metavar="FILE", help=state_help)
    return parser


def _key(text: str) -> NoteKey:
    try:
        return read_key(text)
    except Refusal as refusal:
        raise argparse.ArgumentTypeError(pick(*explain(refusal))) from None


def yuan(fen: int) -> str:
    """An amount as people read it."""
    return f"¥{fen // 100:,}.{fen % 100:02}"


Arguments = Sequence[str]
