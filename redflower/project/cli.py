"""The `redflower` command: reads the arguments, finds the database, hands over to the command's own file."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import redflower
from redflower.plumbing.postgres import PostgresRefusal
from redflower.project.console import complain, pick
from redflower.project.instance import Instance, default_data_dir

# name → its module, and what it does. Each module has run(args) -> exit code.
_COMMANDS = {
    "serve": ("project.supervise", "启动网站和它需要的一切", "run the site and everything it needs"),
    "migrate": ("project.migrate", "更新数据库和静态文件", "bring database and static files up to date"),
    "worker": ("faces.commands.worker", "处理开奖、汇总等后台事务", "draws, roll-ups and other background work"),
    "sandbox-post": ("faces.commands.sandbox_post", "沙盒支付方：寄出付款通知", "the sandbox provider's notices"),
    "seed-demo": ("faces.commands.seed_demo", "写入演示数据", "write the demo data"),
    "simulate": ("faces.commands.simulate", "像真人一样通过网页捐赠", "give through the site's doors, as people do"),
    "audit": ("faces.commands.audit", "从原始记录重新核算每一条规则", "recompute every invariant from raw rows"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["manage"]:
        return _manage(arguments[1:])
    args = _parser().parse_args(arguments)
    if args.command == "version":
        sys.stdout.write(f"redflower {redflower.__version__}\n")
        return 0
    try:
        return _run(args)
    except PostgresRefusal as refusal:
        complain(refusal.zh, refusal.en)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(args: argparse.Namespace) -> int:
    module = f"redflower.{_COMMANDS[args.command][0]}"
    if args.command == "serve":  # keeps itself free of Django: it only starts and watches
        return int(importlib.import_module(module).run(args))
    with Instance(args.data or default_data_dir()).entered():
        import django

        if args.command != "migrate":
            django.setup()
        return int(importlib.import_module(module).run(args) or 0)


def _manage(arguments: list[str]) -> int:
    try:
        with Instance(default_data_dir()).entered():
            from django.core.management import execute_from_command_line

            execute_from_command_line(["redflower manage", *arguments])
    except PostgresRefusal as refusal:
        complain(refusal.zh, refusal.en)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redflower", description=pick("小红花公益平台", "Red Flower, a charity platform")
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    added = {}
    for name, (_, zh, en) in _COMMANDS.items():
        added[name] = commands.add_parser(name, help=pick(zh, en), description=pick(zh, en))
        _add_data(added[name])
    commands.add_parser("version", help=pick("显示版本", "print the version"))
    commands.add_parser("manage", help=pick("Django 管理命令", "Django's management commands"))
    _add_serve(added["serve"])
    _add_simulate(added["simulate"])
    for name in ("migrate", "worker", "sandbox-post"):
        added[name].add_argument("--quiet", action="store_true", help=pick("少说话", "say less"))
    added["migrate"].add_argument(
        "--then-seed",
        action="store_true",
        help=pick("空的演示站点接着写入演示数据", "then seed the demo if it is empty"),
    )
    added["seed-demo"].add_argument(
        "--if-empty", action="store_true", help=pick("已有数据时什么也不做", "do nothing where there is data")
    )
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    help_text = pick("数据文件夹（默认 $REDFLOWER_DATA 或 .data）", "data folder (default: $REDFLOWER_DATA or .data)")
    parser.add_argument("--data", type=Path, metavar="DIR", help=help_text)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help=pick("监听地址", "address to listen on"))
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help=pick("监听端口", "port to listen on"))
    parser.add_argument(
        "--no-demo", action="store_true", help=pick("空白站点，不要演示数据", "an empty site, no demo data")
    )
    parser.add_argument(
        "--workers", type=_positive, default=2, metavar="N", help=pick("网页进程数", "how many processes serve pages")
    )


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    base_url = os.environ.get("REDFLOWER_BASE_URL")
    parser.add_argument("--rate", type=float, default=2.0, metavar="N", help=pick("每秒捐赠数", "gifts per second"))
    parser.add_argument(
        "--seconds", type=float, metavar="S", help=pick("运行多久（默认不停）", "how long (default: on and on)")
    )
    parser.add_argument(
        "--url", default=base_url, help=pick("网站地址（默认是正在运行的站点）", "the site (default: the one running)")
    )
    parser.add_argument(
        "--faults", type=float, default=0.0, metavar="PCT",
        help=pick("重复、迟到、失败、取消的百分比", "percent duplicated, late, failing or cancelled"),
    )  # fmt: skip


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(pick("端口应在 1 到 65535 之间", "a port is between 1 and 65535"))
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(pick("应为正整数", "a positive whole number"))
    return number


if __name__ == "__main__":
    sys.exit(main())
