"""Before anything starts: is the database at least as new as what it has made public?"""

from pathlib import Path

import psycopg

from redflower.kernel.errors import Refusal
from redflower.kernel.note import Checkpoint, read_checkpoint
from redflower.plumbing.log_files import LogFiles
from redflower.plumbing.postgres_host import PostgresRefusal


class DatabaseOlderThanLog(PostgresRefusal):
    """A database restored beside a newer public log must not go on: it would tell another history."""


def check_log(data_dir: Path, dsn: str) -> None:
    """Returns when the database knows the published checkpoint as one that it signed.

    Errors: DatabaseOlderThanLog, which says what to do.
    """
    folder = data_dir / "log"
    published = _read_published(folder)
    if published is None or published.size == 0:
        return
    with psycopg.connect(dsn) as connection:
        try:
            signed = connection.execute(
                "SELECT max(size), max(size) FILTER (WHERE size = %s AND root = %s) FROM proofs_checkpoint",
                [published.size, published.root],
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            signed = None
    reached, known = signed or (None, None)
    if known is not None:
        return
    size, database_size = f"{published.size:,}", f"{reached or 0:,}"
    if (reached or 0) >= published.size:
        raise DatabaseOlderThanLog(
            f"没有启动：{folder} 里签名过的第 {size} 条处，与数据库记的不是同一份历史。请核对这个文件夹和这个数据库是否属于同一个网站。",
            f"Nothing was started: at entry {size}, {folder} and the database tell different histories. "
            "Please check that this folder and this database belong to the same site.",
        )
    raise DatabaseOlderThanLog(
        f"没有启动：公开记录 {folder} 已签名到第 {size} 条，数据库却只到第 {database_size} 条，像是从较早的备份恢复的。\n"
        "公开过的记录不能收回。请把数据库恢复到更晚的时刻（例如重放归档的 WAL）再启动。\n"
        "如果这个文件夹是另一个网站留下的，请把 log 和 log-key 一起移到别处，再启动。",
        f"Nothing was started: the public log in {folder} is signed up to entry {size}, but the database only reaches "
        f"entry {database_size}; it seems to be restored from an earlier backup.\n"
        "What was made public cannot be taken back. Restore the database to a later moment (by replaying archived WAL, "
        "for example) and start again.\n"
        "If the folder was left by another site, move both log and log-key elsewhere and start again.",
    )


def _read_published(folder: Path) -> Checkpoint | None:
    note = LogFiles(folder).read_checkpoint()
    if note is None:
        return None
    try:
        return read_checkpoint(note.decode().rpartition("\n\n")[0] + "\n")
    except (Refusal, UnicodeDecodeError):
        raise DatabaseOlderThanLog(
            f"没有启动：{folder}/checkpoint 读不懂，可能已损坏。用 redflower rebuild-log --replace 可以从数据库重写全部文件。",
            f"Nothing was started: {folder}/checkpoint cannot be read and may be damaged. "
            "redflower rebuild-log --replace writes all files again from the database.",
        ) from None
