"""What the door is compared with over HTTP: `python -m bench.http_servers noop|naive|django PORT`.

noop: the same server with nothing behind it. naive: the same server, one asyncpg transaction per gift. django: Gunicorn
and a plain view with the ORM and `select_for_update` on the pool's row. Both take every gift from a guest nobody knew,
as it comes to the subject: somebody to write down, whose first gift of the day it is.
"""

import asyncio
import json
import os
import random
import sys
from typing import Any

NAIVE_CONNECTIONS = 32
_JSON = [("content-type", "application/json")]


class Noop:
    """Reads the body and says yes."""

    async def open(self) -> None:
        """Nothing to prepare."""

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answers one request."""
        await protocol()
        protocol.response_bytes(200, _JSON, b'{"ok":true}')


class Naive(Noop):
    """One transaction per gift."""

    async def open(self) -> None:
        """Opens the pool of connections."""
        import asyncpg

        self.dice = random.Random()  # a server of the next round must not meet the guests of this one
        self.pool = await asyncpg.create_pool(
            os.environ["DATABASE_URL"], min_size=NAIVE_CONNECTIONS, max_size=NAIVE_CONNECTIONS
        )

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answers one request."""
        from bench.baselines import give

        json.loads(await protocol())
        async with self.pool.acquire() as conn:
            await give(conn, self.dice, is_guest=True)
        protocol.response_bytes(200, _JSON, b'{"ok":true}')


def serve(app: Noop, port: int) -> None:
    """Serves as the door is served."""
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server

    from redflower.project.cli import look_for_circles_seldom
    from redflower.project.door import DoorLoop

    look_for_circles_seldom()

    async def run() -> None:
        await app.open()
        server = Server(
            app, port=port, interface=Interfaces.RSGI, http=HTTPModes.http1, websockets=False, backlog=4096,
            backpressure=4096, log_enabled=False,
        )  # fmt: skip
        await server.serve()

    with asyncio.Runner(loop_factory=DoorLoop) as runner:
        runner.run(run())


def make_django() -> Any:
    """The WSGI application of the plain view."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.db import connection
    from django.http import JsonResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    from bench.baselines import give_by_django
    from bench.world import World
    from redflower.kernel import clock

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM projects_project ORDER BY id")
        projects = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id FROM people_donor LIMIT 1000")
        donors = [row[0] for row in cursor.fetchall()]  # for the requests; their places are taken by guests
        cursor.execute("SELECT id FROM festivals_festival")
        festival = cursor.fetchone()[0]
    connection.close()
    world = World(projects, donors, festival, clock.now(), random.Random(os.getpid()))

    @csrf_exempt
    def give(request: Any) -> JsonResponse:
        json.loads(request.body)
        give_by_django(world, is_guest=True)
        return JsonResponse({"ok": True})

    import redflower.project.urls

    redflower.project.urls.urlpatterns.insert(0, path("v1/gifts", give))
    settings.MIDDLEWARE = []  # a view and nothing else: the site's own would send everybody to its set-up
    return get_wsgi_application()


def main() -> None:
    """Serves until it is ended."""
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "django":
        arguments = ["--workers=2", "--worker-class=gthread", "--threads=8", f"--bind=127.0.0.1:{port}"]
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "bench.http_servers:make_django()",
            *arguments,
            "--log-level=error",
        ]
        os.execv(command[0], command)  # noqa: S606
    serve(Naive() if kind == "naive" else Noop(), port)


if __name__ == "__main__":
    main()
