"""`redflower demo-partner`: Ambler, a made-up partner app on an origin of its own, so that embedding is really embedding."""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from redflower.faces.demo.partner.world import Ambler, settle_in
from redflower.faces.shared.webhooks import show_secret
from redflower.kernel import clock
from redflower.plumbing.console import complain, pick, say

CLIENT = Path(__file__).resolve().parents[3] / "clients" / "python"
_PAUSE = timedelta(seconds=20)
_PATIENCE = timedelta(seconds=60)

log = logging.getLogger("redflower.demo_partner")


def run(arguments: Sequence[str]) -> int:
    """Serves Ambler until SIGTERM or SIGINT; 1 where there is no demo."""
    args = _parser().parse_args(arguments)
    if not settings.REDFLOWER_DEMO:
        complain("这不是演示站，没有演示合作方。", "This is not a demo: there is no demo partner.")
        return 1
    if not CLIENT.is_dir():
        complain("找不到 Python 客户端（clients/python）。", "The Python client (clients/python) is not here.")
        return 1
    sys.path.insert(0, str(CLIENT))
    origin = f"http://127.0.0.1:{args.port}"
    key_file = Path(settings.REDFLOWER_DATA) / "demo-partner" / "key"
    return _serve(settle_in(origin, key_file, clock.now()), args, origin)


def _serve(ambler: Ambler, args: argparse.Namespace, origin: str) -> int:
    from redflower_client import Client, Key, RedFlowerError

    from redflower.faces.demo.partner.site import Ambler as App
    from redflower.faces.demo.partner.site import AmblerServer
    from redflower.faces.demo.partner.traffic import report_until

    client = Client(args.url, Key.from_pem(ambler.pem, ambler.key_id))
    app = App(client, args.url, show_secret(ambler.endpoint_id, 1), clock.now)
    server = AmblerServer((args.host, args.port), app)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"慢行（演示合作方）→ {origin}", f"Ambler, the demo's partner → {origin}", mark="❀")
    deadline = time.monotonic() + _PATIENCE.total_seconds()
    while not stop.is_set():
        try:
            slugs = dict(app.slugs())
        except RedFlowerError as fault:  # the pages may still be starting
            if time.monotonic() > deadline:
                log.warning("Red Flower does not answer: %s", fault)
                deadline = time.monotonic() + _PATIENCE.total_seconds()
            stop.wait(1)
            continue
        if args.quiet:
            stop.wait()
        else:
            report_until(stop, client, slugs, clock.now, settings.TIME_ZONE, _PAUSE, app.note_report)
    server.shutdown()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redflower demo-partner", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help=pick("监听地址", "address to listen on"))
    port = urlsplit(settings.REDFLOWER_DEMO_PARTNER).port or 8002
    parser.add_argument("--port", type=int, default=port, help=pick("监听端口", "port to listen on"))
    url_help = pick("小红花的地址", "where Red Flower is")
    parser.add_argument("--url", default=settings.REDFLOWER_BASE_URL, help=url_help)
    parser.add_argument("--quiet", action="store_true", help=pick("不上报示例善行", "report no example deeds"))
    return parser
