"""What an operator sets, read from the environment in one place: the pages' settings and the engine see the same."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Environment:
    """One installation's own values. Units: `gifts_per_minute` counts for one address; 0 sets no limit."""

    dsn: str
    db_role: str  # the role that cannot change the past; empty where the server has none
    data: Path
    is_demo: bool
    base_url: str
    door_url: str  # where the engine's door is reached; the pages' address where there is none of its own
    secret_key: str  # empty: nothing was configured
    merchant: str
    zone: str
    proxies: int  # reverse proxies of our own that stand in front and add to X-Forwarded-For
    gifts_per_minute: int


def read_environment(environ: Mapping[str, str] = os.environ) -> Environment:
    """Reads the environment; what is not set has its default here and nowhere else."""
    is_demo = environ.get("REDFLOWER_DEMO", "0") == "1"
    base_url = environ.get("REDFLOWER_BASE_URL", "http://127.0.0.1:8000")
    return Environment(
        dsn=environ.get("DATABASE_URL", "postgresql:///redflower"),
        db_role=environ.get("REDFLOWER_DB_ROLE", ""),
        data=Path(environ.get("REDFLOWER_DATA", ROOT / ".data")),
        is_demo=is_demo,
        base_url=base_url,
        door_url=environ.get("REDFLOWER_DOOR_URL", base_url),
        secret_key=environ.get("REDFLOWER_SECRET_KEY", ""),
        merchant="red-flower",
        zone=environ.get("REDFLOWER_TIME_ZONE", "Asia/Shanghai"),
        proxies=int(environ.get("REDFLOWER_PROXIES", "0")),
        # A demo simulates a crowd from one address.
        gifts_per_minute=int(environ.get("REDFLOWER_API_GIFTS_PER_MINUTE", "0" if is_demo else "300")),
    )
