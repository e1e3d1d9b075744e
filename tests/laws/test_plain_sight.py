"""What happens is written where it happens: no signals, no hidden writes, no drawers without a name."""

import ast
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.laws.house import ROOT, Module, breaches_in, dotted, hold, imported_names, read_house

# --- no signals, no hidden writes -----------------------------------------------------------------


def find_hidden_reactions(modules: Iterable[Module]) -> Iterator[str]:
    """Signals, in any dress."""
    for module in modules:
        for name, thing, node in imported_names(module.tree):
            if (
                name.startswith("django.dispatch")
                or name.endswith("signals")
                or thing in ("receiver", "signals", "Signal")
            ):
                yield f"{module.at(node)}: imports {f'{name}.{thing}' if thing else name}"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
                if any(dotted(part).split(".")[-1] == "receiver" for part in decorators):
                    yield f"{module.at(node)}: @receiver on {node.name}"


def test_no_signals():
    hold(
        find_hidden_reactions(read_house()),
        "a reader of the write cannot see what else it sets off, and a bulk write sets off nothing",
        "append an event in the same transaction and react to it in faces/followers",
    )


@pytest.mark.parametrize(
    "source",
    [
        "from django.dispatch import receiver",
        "from django.db.models.signals import post_save",
        "from allauth.account import signals",
        "@receiver(x)\ndef f(): ...",
    ],
)
def test_signals_are_caught(source):
    assert breaches_in(find_hidden_reactions, "redflower.domains.people.services", source)


WRITES = ("save", "asave", "delete", "adelete", "save_base", "full_clean")


def find_hidden_writes(modules: Iterable[Module]) -> Iterator[str]:
    """Overrides of a model's save and delete."""
    for module in modules:
        for model in ast.walk(module.tree):
            for node in model.body if isinstance(model, ast.ClassDef) else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in WRITES:
                    yield f"{module.at(node)}: {model.name}.{node.name}"


def test_no_save_overrides():
    hold(
        find_hidden_writes(read_house()),
        "set-based SQL, bulk writes and migrations go around it, so what it promises does not hold",
        "a constraint in the table, a rule in rules.py, a verb in services.py",
    )


def test_save_overrides_are_caught():
    source = "class Gift(models.Model):\n    def save(self, *args): ..."
    assert breaches_in(find_hidden_writes, "redflower.domains.donations.models", source)
    assert not breaches_in(find_hidden_writes, "redflower.domains.donations.services", "def save(): ...")


# --- names that say something ---------------------------------------------------------------------

SAYS_NOTHING = re.compile(
    r"(^|_)(util|utils|utility|utilities|helper|helpers|manager|managers|common|data|misc|stuff|tools|lib)($|_)"
)


def find_empty_names(paths: Iterable[Path]) -> Iterator[str]:
    """Modules and folders whose name would take anything in."""
    for path in paths:
        parts = path.with_suffix("").parts if path.suffix == ".py" else path.parts[:-1]
        for part in parts:
            if SAYS_NOTHING.search(part):
                yield f"{path}: {part}"


def test_names_say_what_is_inside():
    hold(
        find_empty_names(listed("redflower", "tests")),
        "a drawer called `utils` takes anything, and nobody finds anything in it",
        "name the file after the one idea in it: `regions`, `formats`, `donor_cookie`",
    )


@pytest.mark.parametrize(
    "path", ["redflower/kernel/utils.py", "redflower/faces/common/views.py", "tests/gift_helpers.py"]
)
def test_empty_names_are_caught(path):
    assert list(find_empty_names([Path(path)]))
    assert not list(find_empty_names([Path("redflower/domains/donations/rules.py")]))


# --- a file that is one idea ----------------------------------------------------------------------

LINES_MAX = 450  # about 300 is the habit; half as much again is the fence


def find_long_files(modules: Iterable[Module]) -> Iterator[str]:
    """Files that have outgrown one idea."""
    for module in modules:
        lines = max((node.end_lineno or 0 for node in ast.walk(module.tree) if isinstance(node, ast.stmt)), default=0)
        if lines > LINES_MAX:
            yield f"{module.path}: {lines} lines"


def test_no_file_outgrows_its_idea():
    hold(
        find_long_files(read_house()),
        "what does not fit in a head is not reviewed, only scrolled through",
        "a folder with a file per verb",
    )


def test_long_files_are_caught():
    assert breaches_in(find_long_files, "redflower.domains.donations.services", "x = 1\n" * (LINES_MAX + 1))


# --- no word about this machine -------------------------------------------------------------------

# Folders every machine has are nobody's in particular.
EVERYBODYS = {Path(name) for name in ("/", "/tmp", "/srv", "/opt", "/var", "/usr", "/usr/src", "/home", "/mnt")}  # noqa: S108
HOME = re.compile(r"(?<![\w.~])/(home|Users)/[a-z]\w*/|(?<![\w.~/])/(?:root)/|\b[A-Z]:\\Users\\")


def listed(*folders: str) -> list[Path]:
    """The files git knows or would add, relative to the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:  # no git here, as in an unpacked archive
        found = (path.relative_to(ROOT) for folder in folders or (".",) for path in (ROOT / folder).rglob("*"))
        return sorted(path for path in found if (ROOT / path).is_file() and not path.parts[0].startswith("."))
    return [path for path in map(Path, filter(None, done.stdout.split("\0"))) if (ROOT / path).is_file()]


def find_machine_paths(texts: Iterable[tuple[str, str]], checkout: Path) -> Iterator[str]:
    """Lines that name somebody's home, or the folder this copy happens to lie in."""
    parent = f"{checkout.parent}/" if checkout.parent not in EVERYBODYS else None
    for name, text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            if HOME.search(line) or (parent and parent in line):
                yield f"{name}:{number}: {line.strip()[:100]}"


def test_nothing_speaks_of_the_machine_it_was_written_on():
    readable = (path for path in listed() if path.suffix not in (".png", ".jpg", ".mo", ".woff2", ".ico"))
    hold(
        find_machine_paths(((str(path), (ROOT / path).read_text("utf-8", "replace")) for path in readable), ROOT),
        "a path of one machine is noise on every other, and says more about its owner than they would",
        "a path relative to the repository, or a setting",
    )


def test_machine_paths_are_caught():
    lines = ["see /" + "home/ann/notes.txt", "cd /" + "srv/checkouts/", "C:" + "\\Users\\ann"]
    assert len(list(find_machine_paths([("x", "\n".join(lines))], Path("/" + "srv/checkouts/red-flower")))) == 3
    assert not list(find_machine_paths([("x", "GET /root-causes and /homepage")], Path("/red-flower")))
