"""drand over HTTP: rounds of a public random beacon, from whichever relay answers.

A relay is believed nothing: a round counts when its signature is the network's, whoever handed it out. So the addresses
are a matter of the installation, and the public key a matter of the pool's announcement.
"""

import json
import time
from collections.abc import Sequence

import httpx

from redflower.kernel.beacon import SIGNATURE_BYTES, BeaconForged, Chain, open_round

WHOLE_SECONDS = 4.0  # of one try: a relay that drips bytes is cut off as well
_ANSWER_MAX_BYTES = 4096


class BeaconAway(Exception):
    """No relay has handed out a genuine round; says why, relay by relay, in English, for logs."""


class DrandClient:
    """Asks relays in turn."""

    def __init__(self, urls: Sequence[str], whole_seconds: float = WHOLE_SECONDS) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._whole_seconds = whole_seconds

    def fetch(self, chain: Chain, number: int) -> bytes:
        """The signature of a round, checked.

        Errors: BeaconAway.
        """
        reasons = []
        for url in self._urls:
            try:
                signature = self._ask(f"{url}/{chain.chain_hash}/public/{number}", number)
                open_round(chain, number, signature)
                return signature
            except (httpx.HTTPError, httpx.InvalidURL, BeaconForged, _Unusable) as error:
                reasons.append(f"{url}: {str(error) or type(error).__name__}")
        raise BeaconAway("; ".join(reasons) or "no relay is configured")

    def _ask(self, url: str, number: int) -> bytes:
        deadline = time.monotonic() + self._whole_seconds
        content = b""
        with httpx.stream("GET", url, timeout=self._whole_seconds, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise _Unusable(f"HTTP {answer.status_code}")
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > _ANSWER_MAX_BYTES:
                    raise _Unusable("an answer too long")
                if time.monotonic() > deadline:
                    raise _Unusable("too slow")
        return _read(content, number)


class _Unusable(Exception):
    """An answer that is no round."""


def _read(content: bytes, number: int) -> bytes:
    try:
        told = json.loads(content)
        signature = bytes.fromhex(told["signature"])
        if told["round"] != number or len(signature) != SIGNATURE_BYTES:
            raise _Unusable("another round")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _Unusable("not a round") from None
    return signature
