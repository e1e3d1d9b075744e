"""A beacon of our own, signed as drand's networks sign, for tests without a network; and a relay that behaves as told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from redflower.kernel.beacon import Chain

_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_SECRET = Scalar(20_260_909)
CHAIN = Chain(
    chain_hash=sha256(b"a beacon of our own").hexdigest(),
    public_key=bytes((G2Point() * _SECRET).to_compressed_bytes()).hex(),
    genesis_seconds=1_692_803_367,
    period_seconds=3,
)


def sign_round(number: int) -> bytes:
    """The signature of a round."""
    message = G1Point.hash_to_curve(sha256(number.to_bytes(8, "big")).digest(), _DOMAIN)
    return bytes((message * _SECRET).to_compressed_bytes())


def tell_round(number: int) -> bytes:
    """A round as relays tell it."""
    signature = sign_round(number)
    told = {"round": number, "randomness": sha256(signature).hexdigest(), "signature": signature.hex()}
    return json.dumps(told).encode()


Behaviour = Callable[[int, BaseHTTPRequestHandler], None]


def answer(relay: BaseHTTPRequestHandler, content: bytes, status: int = 200) -> None:
    """Sends an answer."""
    relay.send_response(status)
    relay.send_header("Content-Length", str(len(content)))
    relay.end_headers()
    relay.wfile.write(content)


def honest(number: int, relay: BaseHTTPRequestHandler) -> None:
    """Hands out the round that was asked for."""
    answer(relay, tell_round(number))


def dripping(number: int, relay: BaseHTTPRequestHandler) -> None:
    """Never quite silent, never done."""
    relay.send_response(200)
    relay.end_headers()
    for letter in tell_round(number):
        try:
            relay.wfile.write(bytes([letter]))
            relay.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


@contextmanager
def relay(behave: Behaviour) -> Iterator[tuple[str, list[str]]]:
    """A relay on this machine: its address, and the paths it was asked for."""
    asked: list[str] = []

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            behave(int(self.path.rpartition("/")[2]), self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
