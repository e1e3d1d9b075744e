"""P11: from nothing to the first page, packages cached."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from bench.frame import Check, Measured

WHAT = "cold ./dev run to first page"
ALLOWED_S = 20.0
PORT = 8819
_WAIT_S = 300


def run(quick: bool) -> Measured:
    """A copy of the source without environment or data, started as a newcomer would; the packages are in uv's cache."""
    seconds = sorted(start_once() for _ in range(1 if quick else 3))
    middle = seconds[len(seconds) // 2]
    return Measured(
        {"seconds": round(middle, 1)}, [Check("20 s ÷ seconds to the first page", ALLOWED_S / middle, 1.0, 2.0)]
    )


def start_once() -> float:
    """Seconds until the home page answers."""
    source = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="redflower-cold-") as folder:
        copy = Path(folder) / "source"
        shutil.copytree(
            source, copy, ignore=shutil.ignore_patterns(".venv", ".git", ".data", "*.mo", "__pycache__", "results")
        )
        began = time.monotonic()
        server = subprocess.Popen(
            [copy / "dev", "run", "--port", str(PORT), "--data", Path(folder) / "data"],
            cwd=copy, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith("REDFLOWER")},
        )  # fmt: skip
        try:
            while not _answers():
                if server.poll() is not None or time.monotonic() - began > _WAIT_S:
                    raise RuntimeError("the site did not come up")
                time.sleep(0.1)
            return time.monotonic() - began
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False
