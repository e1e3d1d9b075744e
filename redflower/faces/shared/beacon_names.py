"""Public beacons in words: which network it is, how often it speaks, and whom we ask for what it said."""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from redflower.domains.festivals.services import read_beacon


def name_beacon(name: str) -> str:
    """The network of a beacon that ships, with its rhythm and the relays this site asks."""
    chain = read_beacon(name)
    relays = gettext("、").join(urlsplit(url).netloc or url for url in settings.REDFLOWER_DRAND_URLS)
    told = gettext("drand 的 {name} 网络（{hash}…），每 {n} 秒一个，向 {relays} 取")
    return told.format(name=name, hash=chain.chain_hash[:8], n=chain.period_seconds, relays=relays)
