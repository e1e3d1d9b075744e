"""One installation: its data folder, what it remembers there, and the environment its processes run in."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from redflower.plumbing import postgres
from redflower.plumbing.postgres_host import PostgresRefusal

ROOT = Path(__file__).resolve().parents[2]


class ModeRefusal(PostgresRefusal):
    """A demo never becomes a real site, nor a real site a demo."""


class Instance:
    """The data folder of one installation."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.logs = self.data_dir / "logs"
        self._memory = self.data_dir / "instance.json"

    def prepare(self) -> None:
        """Makes the folder, closed to others: it holds secrets and mail."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs.mkdir(exist_ok=True)

    def is_demo(self) -> bool | None:
        """Whether this installation is a demo; None before its first start."""
        return self.recall("demo")

    def remember(self, **facts: Any) -> None:
        """Keeps facts about this installation for its later starts and commands."""
        unfinished = self._memory.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(self._remembered() | facts))
        unfinished.replace(self._memory)

    def recall(self, fact: str) -> Any:
        """A fact kept by `remember`; None where it is not known."""
        return self._remembered().get(fact)

    def _remembered(self) -> dict[str, Any]:
        with contextlib.suppress(FileNotFoundError):
            return dict(json.loads(self._memory.read_text()))
        return {}

    def settle_mode(self, *, no_demo: bool) -> bool:
        """Decides at the first start whether this is a demo, and keeps to it; returns the answer.

        Errors: ModeRefusal when a demo's folder is asked to be a real site.
        """
        remembered = self.is_demo()
        if remembered is None:
            remembered = not no_demo
            self.remember(demo=remembered)
        if remembered and no_demo:
            raise ModeRefusal(
                f"{self.data_dir} 里是演示数据，不能改作正式站点。请用 --data 另选一个文件夹。",
                f"{self.data_dir} holds a demo, which cannot become a real site. Choose another folder with --data.",
            )
        return remembered

    def secret_key(self) -> str:
        """The key that signs sessions and links: made once, readable by this user alone."""
        path = self.data_dir / "secret-key"
        if not path.exists():
            mine = self.data_dir / f"secret-key.{os.getpid()}"
            fd = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "w") as file:
                file.write(secrets.token_urlsafe(50))
            with contextlib.suppress(FileExistsError):  # two first starts at once: one key wins, whole
                path.hardlink_to(mine)
            mine.unlink()
        return path.read_text()

    def enter(self, *, dsn: str, demo: bool) -> None:
        """Sets the environment that the settings read; what the operator has set stays.

        The database is then the owner's: `act_as_application` comes after what only the owner may do.
        """
        os.environ["DATABASE_URL"] = dsn
        os.environ["REDFLOWER_DATA"] = str(self.data_dir)
        os.environ["REDFLOWER_DEMO"] = "1" if demo else "0"
        os.environ.setdefault("REDFLOWER_SECRET_KEY", self.secret_key())
        if base_url := self.recall("base_url"):
            os.environ.setdefault("REDFLOWER_BASE_URL", base_url)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redflower.project.settings")

    def act_as_application(self) -> None:
        """From now on the database is used by the role that cannot change the past, where the server has it."""
        query = "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s"
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            row = connection.execute(query, [postgres.APP_ROLE]).fetchone()
        if row is not None and row[0]:
            os.environ["REDFLOWER_DB_ROLE"] = postgres.APP_ROLE

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """For one command: a database (the operator's, the running one, or one of our own) and the environment."""
        self.prepare()
        with contextlib.ExitStack() as stack:
            dsn = os.environ.get("DATABASE_URL") or stack.enter_context(postgres.reached(self.data_dir))
            self.enter(dsn=dsn, demo=self.demo_from_environment())
            yield

    def demo_from_environment(self) -> bool:
        """Whether commands act on a demo: what the environment says, else what the folder remembers."""
        said = os.environ.get("REDFLOWER_DEMO")
        return said == "1" if said is not None else bool(self.is_demo())


def default_data_dir() -> Path:
    """`$REDFLOWER_DATA`, else `.data` beside the source."""
    return Path(os.environ.get("REDFLOWER_DATA") or ROOT / ".data")
