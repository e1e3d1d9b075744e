"""`redflower door`: one process of the engine's door.

Granian runs in this very process: no worker of its own is left behind when somebody kills a master.
"""

import argparse
import asyncio
import gc
import logging
import os
import signal
from collections.abc import Sequence
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from redflower.engine.config import Config
from redflower.engine.door import Door
from redflower.kernel import clock
from redflower.plumbing.environment import read_environment

_CONNECTIONS_MAX = 4096
_FAREWELL_SECONDS = 1


class DoorLoop(asyncio.SelectorEventLoop):
    """An event loop that other threads wake only where it sleeps, and then once.

    Granian brings every request from a thread of its own; at ten thousand a second the wake-ups alone are a third of
    the door's work.
    """

    _may_sleep = False

    def _run_once(self) -> None:
        # Before it looks at its line: whoever puts work there and does not see this yet has put it there in time.
        self._may_sleep = True
        super()._run_once()

    def _process_events(self, events: Any) -> None:
        self._may_sleep = False
        super()._process_events(events)

    def _write_to_self(self) -> None:
        if self._may_sleep:
            self._may_sleep = False
            super()._write_to_self()

    def _read_from_self(self) -> None:
        # Whatever is left is seen in the next round; the parent asks until there is nothing.
        self._process_self_data(self._ssock.recv(4096))


def run(arguments: Sequence[str]) -> int:
    """Answers until SIGTERM or SIGINT, then what was taken; several processes may share the port.

    Needs: nobody else's server on the port; Granian would join it silently, so whoever starts us has looked.
    """
    parser = argparse.ArgumentParser(prog="redflower door", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    args = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with asyncio.Runner(loop_factory=DoorLoop) as runner:
        runner.run(_serve(Config(read_environment()), args.host, args.port))
    return 0


async def _serve(config: Config, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    door = Door(config, clock.now)
    server = Server(
        door,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=_CONNECTIONS_MAX,
        backpressure=_CONNECTIONS_MAX,
        log_enabled=False,
    )
    leaving = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leaving.set)
    door.open(loop)
    gc.collect()
    gc.freeze()  # what was loaded is never looked at again
    serving = loop.create_task(server.serve())
    asked = loop.create_task(leaving.wait())
    await asyncio.wait([serving, asked], return_when=asyncio.FIRST_COMPLETED)
    await door.drain()
    server.stop()
    await asyncio.wait([serving], timeout=_FAREWELL_SECONDS)
    if serving.done():
        await serving  # raises what ended it, if something did
    # Granian's threads outlive it, and one that still has to do with somebody slow would panic in an interpreter that ends under
    # it. All that was taken is answered and durable.
    logging.shutdown()
    os._exit(0)
