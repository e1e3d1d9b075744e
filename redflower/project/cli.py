"""The `redflower` command: finds the data folder and the database, then hands over to the command's own file."""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import redflower
from redflower.plumbing.console import complain, pick
from redflower.plumbing.postgres_host import PostgresRefusal
from redflower.project.instance import Instance, default_data_dir

# name → its module, and what it does. Each module has run(arguments: Sequence[str]) -> exit code.
_COMMANDS = {
    "serve": ("project.supervise", "启动网站和它需要的一切", "run the site and everything it needs"),
    "migrate": ("project.migrate", "更新数据库和静态文件", "bring database and static files up to date"),
    "door": ("project.door", "引擎的入口：高峰时的捐赠与付款通知", "the engine's door: gifts and notices at the peak"),
    "worker": ("faces.commands.worker", "处理开奖、汇总等后台事务", "draws, roll-ups and other background work"),
    "sandbox-post": ("faces.commands.sandbox_post", "沙盒支付方：寄出付款通知", "the sandbox provider's notices"),
    "seed-demo": ("faces.commands.seed_demo", "写入演示数据", "write the demo data"),
    "simulate": ("faces.commands.simulate", "像真人一样通过网页捐赠", "give through the site's doors, as people do"),
    "demo-partner": ("faces.commands.demo_partner", "演示合作方“慢行”", "Ambler, the demo's partner app"),
    "audit": ("faces.commands.audit", "从原始记录重新核算每一条规则", "recompute every invariant from raw rows"),
    "verify": ("faces.commands.verify", "核对一个网站公开的一切", "check everything a site has made public"),
    "monitor": ("faces.commands.monitor", "盯着一个网站的公开记录", "watch a site's public log"),
    "rebuild-log": ("faces.commands.rebuild_log", "从数据库重写公开记录的文件", "write the public log's files again"),
    "manage": ("project.manage", "Django 管理命令", "Django's management commands"),
    "version": ("", "显示版本", "print the version"),
}
_PREPARES_ITSELF = ("serve",)  # it starts the database, and keeps itself free of Django
_FOR_OUTSIDERS = ("verify", "monitor")  # they know nothing but a site's address: no data folder, no database
_WITHOUT_DJANGO = ("door",)
_AS_OWNER = ("migrate", "manage")  # the others cannot change the past


def look_for_circles_seldom() -> None:
    """Has this process collect garbage that refers to itself a hundredth as often.

    Loading makes a hundred thousand objects that stay, and a tick thousands that go; looking for circles among them again
    and again took a tenth of the one, and a fifth of the other.
    """
    gc.set_threshold(50_000, 20, 100)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    look_for_circles_seldom()
    command, arguments = _parse(list(sys.argv[1:] if argv is None else argv))
    if command == "version":
        sys.stdout.write(f"redflower {redflower.__version__}\n")
        return 0
    module = f"redflower.{_COMMANDS[command][0]}"
    wants_help = any(word in ("-h", "--help") for word in arguments)
    try:
        if command in (*_PREPARES_ITSELF, *_FOR_OUTSIDERS) or wants_help:
            return _hand_over(module, arguments)
        instance = Instance(default_data_dir())
        with instance.entered():
            if command not in _AS_OWNER:
                instance.act_as_application()
            if command not in _WITHOUT_DJANGO:
                import django

                django.setup()
            return _hand_over(module, arguments)
    except PostgresRefusal as refusal:
        complain(refusal.zh, refusal.en)
        return 1
    except KeyboardInterrupt:
        return 130


def _hand_over(module: str, arguments: Sequence[str]) -> int:
    return int(importlib.import_module(module).run(arguments) or 0)


def _parse(argv: list[str]) -> tuple[str, list[str]]:
    """The command's name and its own arguments; `--data`, which every command takes, goes to the environment."""
    parser = argparse.ArgumentParser(
        prog="redflower",
        description=pick("小红花公益平台", "Red Flower, a charity platform"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:14}{pick(zh, en)}" for name, (_, zh, en) in _COMMANDS.items()),
        allow_abbrev=False,
    )
    data_help = pick("数据文件夹（默认 $REDFLOWER_DATA 或 .data）", "data folder (default: $REDFLOWER_DATA or .data)")
    parser.add_argument("--data", type=Path, metavar="DIR", help=data_help)
    parser.add_argument("command", choices=_COMMANDS, metavar="COMMAND", help=pick("见下", "see below"))
    own = argv.index(command) if (command := next((word for word in argv if word in _COMMANDS), "")) else len(argv)
    parser.parse_args(argv[: own + 1])
    anywhere = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    anywhere.add_argument("--data", type=Path)
    found, rest = anywhere.parse_known_args(argv)
    if found.data is not None:
        os.environ["REDFLOWER_DATA"] = str(found.data.resolve())
    rest.remove(command)
    return command, rest


if __name__ == "__main__":
    sys.exit(main())
