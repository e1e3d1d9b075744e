"""The door's loop sleeps while there is nothing to do, and never through something."""

import asyncio
import os
import signal
import threading
import time

import pytest

from redflower.project.door import DoorLoop

THREADS = 8
CALLS = 2_000


class Sleepy(DoorLoop):
    """The control: nobody wakes it."""

    def _run_once(self):
        asyncio.SelectorEventLoop._run_once(self)

    def _write_to_self(self):
        pass


@pytest.fixture(params=[DoorLoop, Sleepy])
def loop(request):
    loop = request.param()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    asyncio.SelectorEventLoop._write_to_self(loop)  # the control sleeps
    loop.stop()
    asyncio.SelectorEventLoop._write_to_self(loop)
    thread.join(5)
    assert not thread.is_alive()
    loop.close()


def test_work_from_other_threads_is_done_at_once_whether_the_loop_is_awake_or_not(loop):
    late = []

    def leave_work():
        for number in range(CALLS):
            done = threading.Event()
            loop.call_soon_threadsafe(done.set)
            if not done.wait(2):
                late.append(number)
                return
            if number % 100 == 0:
                time.sleep(0.002)  # lets it fall asleep

    threads = [threading.Thread(target=leave_work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bool(late) == isinstance(loop, Sleepy)


def test_a_signal_wakes_it():
    async def wait() -> None:
        heard = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, heard.set)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        await asyncio.wait_for(heard.wait(), 5)

    with asyncio.Runner(loop_factory=DoorLoop) as runner:
        runner.run(wait())
