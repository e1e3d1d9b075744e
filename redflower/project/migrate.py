"""`redflower migrate`: database, rights of the application's role, static files; each only where it is stale."""

import argparse
import contextlib
import gc
import io
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg

from redflower.plumbing.beside import beside
from redflower.plumbing.console import pick, say, stage
from redflower.plumbing.postgres import running_dsn
from redflower.plumbing.word import wait_for_word
from redflower.project.freshness import fingerprint_of_static


def run(arguments: Sequence[str]) -> int:
    """Brings everything the pages need up to this version; with --then-seed, fills an empty demo."""
    parser = argparse.ArgumentParser(prog="redflower migrate")
    parser.add_argument(
        "--quiet", action="store_true", help=pick("没有变化时不出声", "say nothing where nothing changes")
    )
    parser.add_argument(
        "--then-seed", action="store_true", help=pick("接着为空的演示站写入数据", "then seed an empty demo")
    )
    args = parser.parse_args(arguments)
    stale = not _is_collected()
    with beside(_collect) if stale else contextlib.nullcontext():
        _load()
        if not wait_for_word():
            return 1
        if _has_unapplied():
            with stage("更新数据库", "Updating the database"):
                _migrate()
        elif not args.quiet:
            say("数据库已是最新", "The database is up to date", mark="✓")
        _secure()
    if stale and not args.quiet:
        say("静态文件已更新", "Static files collected", mark="✓")
    code = _seed() if args.then_seed else 0
    gc.freeze()  # the process ends: looking for circles in a whole world would take a third of a second
    return code


def _has_unapplied() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _load() -> None:
    """What takes its time and needs no database yet."""

    import redflower.faces.commands.seed_demo  # noqa: F401


def _migrate() -> None:
    from django.core.management import call_command

    from redflower.project.quick_state import rendering_only_what_changes

    said = io.StringIO()
    try:
        with rendering_only_what_changes() if _is_empty() else contextlib.nullcontext():
            call_command("migrate", interactive=False, verbosity=1, stdout=said)
    except BaseException:
        sys.stderr.write(said.getvalue())
        raise


def _is_empty() -> bool:
    from django.db import connection

    return not connection.introspection.table_names()


def _secure() -> None:
    """After every migration: new tables need their rights, and a lost right comes back."""
    from django.db import ProgrammingError, connection

    from redflower.plumbing.append_only import secure_tables

    try:
        with connection.cursor() as cursor:
            alone = not secure_tables(cursor)
    except ProgrammingError as error:  # the role is there, but somebody else's
        if not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise
        alone = True
    if alone:
        say(
            "这个数据库用户无权创建角色：只由触发器守护历史记录。",
            "This database user may not create roles: triggers alone guard the past.",
            mark="!",
        )


def _is_collected() -> bool:
    from django.conf import settings

    stamp = Path(settings.STATIC_ROOT) / ".made-from"
    return stamp.exists() and stamp.read_text() == fingerprint_of_static()


def _collect() -> None:
    """Gathers static files under content-hashed names."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import override_settings

    made_from = fingerprint_of_static()
    target = Path(settings.STATIC_ROOT)
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    with override_settings(STORAGES=storages, STATIC_ROOT=unfinished):
        call_command("collectstatic", interactive=False, verbosity=0)
    (unfinished / ".made-from").write_text(made_from)
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)


def _seed() -> int:
    from redflower.faces.commands import seed_demo

    if seed_demo.find_standing() == seed_demo.Standing.HALF_SEEDED and _is_ours_alone():
        with stage("上次的演示数据没有写完，清空重来", "The demo data was interrupted: starting over"):
            _forget_everything()
            _migrate()
        _secure()
    return int(seed_demo.run(["--if-empty"]) or 0)


def _is_ours_alone() -> bool:
    """Whether this is the embedded database, which holds nothing but this installation."""
    from django.conf import settings

    return running_dsn(Path(settings.REDFLOWER_DATA)) == os.environ.get("DATABASE_URL")


def _forget_everything() -> None:
    """The tables, and the public log that was written from them."""
    from django.conf import settings
    from django.db import connection

    shutil.rmtree(settings.REDFLOWER_LOG, ignore_errors=True)
    Path(settings.REDFLOWER_LOG).with_name("log-key").unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
