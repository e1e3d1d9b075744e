"""Compiles every translation catalogue whose source is newer: `python -m redflower.project.compile_catalogues`."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parents[1]


def stale_catalogues(package: Path = PACKAGE) -> list[Path]:
    """The .po files whose .mo is missing or older."""
    found = sorted(package.glob("**/locale/*/LC_MESSAGES/django.po"))
    return [po for po in found if _age(po.with_suffix(".mo")) < _age(po)]


def compile_catalogue(po: Path) -> None:
    """Writes the .mo beside its .po, whole or not at all.

    Errors: ValueError with file and line for a catalogue that cannot be read.
    """
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name, abort_invalid=True)
    unfinished = po.with_suffix(f".mo.{os.getpid()}")
    with unfinished.open("wb") as target:
        write_mo(target, catalogue)
    unfinished.replace(po.with_suffix(".mo"))


def _age(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


def main() -> None:
    """Compiles what is stale."""
    for po in stale_catalogues():
        compile_catalogue(po)


if __name__ == "__main__":
    main()
