"""Fetching the rounds of public beacons that slices wait for. No transaction is open while anybody is asked."""

import logging
from collections.abc import Sequence

from redflower.adapters.drand import BeaconAway, DrandClient
from redflower.domains.festivals.types import BeaconRound, WantedRound

log = logging.getLogger("redflower.beacons")


def fetch_rounds(client: DrandClient, wanted: Sequence[WantedRound]) -> list[BeaconRound]:
    """The rounds that could be had, in the order asked; it stops at the first that nobody hands out, since the draws
    behind it wait for that one anyway.

    Replay: a round is the same whoever asks, and whenever.
    """
    found: list[BeaconRound] = []
    for each in wanted:
        try:
            found.append(BeaconRound(each.chain.chain_hash, each.number, client.fetch(each.chain, each.number)))
        except BeaconAway as fault:
            log.warning("round %d of %s is asked for again: %s", each.number, each.chain.chain_hash[:16], fault)
            break
    return found
