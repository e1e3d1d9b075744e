"""A public random beacon: numbers that many independent servers make together every few seconds, and nobody knows before.

The one scheme spoken here is drand's unchained one with signatures in G1 (`bls-unchained-g1-rfc9380`, as its network
*quicknet* uses): a round's signature is of SHA-256(round as 8 bytes) under the network's public key, and its randomness
is SHA-256(signature). Who has the public key can check every round alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from py_arkworks_bls12381 import GT, G1Point, G2Point

KIND, SCHEME = "drand", "bls-unchained-g1-rfc9380"
SIGNATURE_BYTES, KEY_BYTES, HASH_BYTES = 48, 96, 32
_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


class BeaconMalformed(ValueError):
    """A description of a beacon that cannot be used; names the field."""


class BeaconForged(ValueError):
    """A round whose signature is not the network's."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A beacon's network: whoever has this knows when each round is due, and whether it is genuine."""

    chain_hash: str
    public_key: str
    genesis_seconds: int
    period_seconds: int

    def find_round(self, after: datetime) -> int:
        """The first round that is made later than a moment."""
        elapsed = after - self._genesis
        return 1 if elapsed < timedelta(0) else elapsed // timedelta(seconds=self.period_seconds) + 2

    def time_of(self, number: int) -> datetime:
        """When a round is made."""
        return self._genesis + (number - 1) * timedelta(seconds=self.period_seconds)

    @property
    def _genesis(self) -> datetime:
        return datetime.fromtimestamp(self.genesis_seconds, UTC)

    def describe(self) -> dict[str, Any]:
        """As it is published."""
        return {
            "kind": KIND,
            "scheme": SCHEME,
            "chain_hash": self.chain_hash,
            "public_key": self.public_key,
            "genesis_seconds": self.genesis_seconds,
            "period_seconds": self.period_seconds,
        }


def read_chain(described: Mapping[str, Any]) -> Chain:
    """Reads what `Chain.describe` writes.

    Errors: BeaconMalformed naming the field.
    """
    for name, expected in (("kind", KIND), ("scheme", SCHEME)):
        if described.get(name) != expected:
            raise BeaconMalformed(name)
    numbers = []
    for name in ("genesis_seconds", "period_seconds"):
        number = described.get(name)
        if type(number) is not int or not 1 <= number <= 2**40:
            raise BeaconMalformed(name)
        numbers.append(number)
    for name, size in (("chain_hash", HASH_BYTES), ("public_key", KEY_BYTES)):
        if len(_unhex(described.get(name), name)) != size:
            raise BeaconMalformed(name)
    try:
        is_nothing = G2Point.from_compressed_bytes(bytes.fromhex(described["public_key"])) == G2Point.identity()
    except ValueError:
        raise BeaconMalformed("public_key") from None
    if is_nothing:  # every signature would fit it
        raise BeaconMalformed("public_key")
    return Chain(described["chain_hash"], described["public_key"], *numbers)


def open_round(chain: Chain, number: int, signature: bytes) -> bytes:
    """The randomness of a round, once its signature is found to be the network's.

    Errors: BeaconForged.
    """
    try:
        signed = G1Point.from_compressed_bytes(signature)
        key = G2Point.from_compressed_bytes(bytes.fromhex(chain.public_key))
    except ValueError:
        raise BeaconForged(f"round {number}: not a signature") from None
    message = G1Point.hash_to_curve(sha256(number.to_bytes(8, "big")).digest(), _DOMAIN)
    if not GT.pairing_check([message, -signed], [key, G2Point()]):
        raise BeaconForged(f"round {number}: not signed by {chain.chain_hash[:16]}")
    return sha256(signature).digest()


def _unhex(text: object, name: str) -> bytes:
    try:
        content = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        content = b""
    if content.hex() != text:  # one spelling only
        raise BeaconMalformed(name)
    return content
