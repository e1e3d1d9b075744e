"""`./dev` picks the Python that its environment is made of."""

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, called with `setup`."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "argv", ["./dev", "setup"])
    loader = SourceFileLoader("dev", str(ROOT / "dev"))
    spec = spec_from_loader("dev", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("built_with", "system_works", "goes_on"),
    [
        ("'--prefix=/opt'", True, True),
        ("'--prefix=/opt'", False, False),
        ("'--prefix=/opt' '--enable-optimizations'", True, False),
    ],
)
def test_the_systems_python_is_taken_where_ours_is_slow(
    dev: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    built_with: str,
    system_works: bool,
    goes_on: bool,
) -> None:
    system = tmp_path / "python"
    system.write_text(f"#!/bin/sh\nexit {0 if system_works else 1}\n")
    system.chmod(0o755)
    monkeypatch.setattr(dev.sysconfig, "get_config_var", lambda name: built_with)
    became: list[tuple[object, ...]] = []
    monkeypatch.setattr(dev, "become", lambda *command: became.append(command))
    dev.go_on_with_faster_python(system)
    assert became == ([(system, "./dev", "setup")] if goes_on else [])


def test_the_systems_python_does_not_go_on_with_itself(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.sysconfig, "get_config_var", lambda name: "")
    monkeypatch.setattr(dev, "become", lambda *command: pytest.fail(f"became {command}"))
    dev.go_on_with_faster_python(Path(sys.executable).resolve())
