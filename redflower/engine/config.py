"""What this installation decides about gifts: its keys, its numbers, and how much its door takes in at once."""

import hmac
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from redflower.adapters.sandbox import SandboxClient
from redflower.domains.donations.rules import GivingPolicy
from redflower.domains.flowers.rules import FIRST_GIFT_OF_DAY, FlowerRule
from redflower.engine.settle import SettlePolicy
from redflower.kernel.limits import BATCH_MAX
from redflower.plumbing.environment import Environment

LIST_MAX = BATCH_MAX // 10  # gifts or notices in one request

# What each key is for.
FOR_GIFTS = "gift-link"  # the private page of a gift
FOR_REFUNDS = "refund-link"  # the private page of a request to give gifts back
FOR_DONORS = "api-donor"  # by which a client without cookies stays the same donor

# Messages with one of these words wait for a moderator.
_HELD_WORDS = Path(__file__).with_name("held_words.txt").read_text("utf-8").split()

GIVING = GivingPolicy(held_words=tuple(_HELD_WORDS))


def key_for(secret_key: str, purpose: str) -> bytes:
    """One key per purpose, so that none can be used for another."""
    return hmac.digest(secret_key.encode(), purpose.encode(), "sha256")


def make_settle_policy(secret_key: str, zone: str) -> SettlePolicy:
    """What settlement needs from an installation."""
    return SettlePolicy(
        zone=zone,
        salt=key_for(secret_key, "person-id"),
        flower_rule=FlowerRule(deed=FIRST_GIFT_OF_DAY, version=1, amount=1),
    )


@dataclass(frozen=True)
class Config:
    """One installation, as settlement and the door see it. Units: items, bytes, milliseconds, seconds."""

    environment: Environment
    gifts_per_donor_minute: int = 0  # 0: no limit
    batch_max: int = 1_000  # items one commit settles
    pace_ms: int = 15  # between lists of gifts while a crowd gives
    in_hand_max: int = 20_000  # items that may wait for their commit; whoever comes then is told to come back
    body_max_bytes: int = 1024 * 1024
    drain_seconds: int = 8

    @cached_property
    def settle_policy(self) -> SettlePolicy:
        """What settlement needs."""
        return make_settle_policy(self.environment.secret_key, self.environment.zone)

    @cached_property
    def sandbox(self) -> SandboxClient:
        """Our dealings with the embedded payment provider."""
        return SandboxClient(self.environment.data / "sandbox", self.environment.merchant)

    def key_for(self, purpose: str) -> bytes:
        """This installation's key for one purpose."""
        return key_for(self.environment.secret_key, purpose)
