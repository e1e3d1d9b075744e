"""How fast one address or one donor may ask: a bucket of tokens each, filled at a steady rate.

Kept in the process's own memory: with several doors the limit is that much looser, and a restart forgets. It keeps a
careless client from crowding out the others; it is not a defence against many addresses.
"""

import ipaddress

_IPV6_HOME_BITS = 64  # one household or server has a whole /64
_KEPT_MAX = 100_000
_SECOND_NS = 1_000_000_000


class Buckets:
    """Buckets of `per_minute` tokens, full at first. Units: nanoseconds of a clock that never goes back."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._full_at: dict[str, int] = {}  # when each bucket is full again

    def take(self, owner: str, count: int, clock_ns: int) -> int:
        """Takes tokens; returns the seconds to wait, 0 when the owner may go on.

        Whoever finds a token left is served whole, so that no list is too long for ever. 0 a minute sets no limit.
        """
        if not self._per_minute:
            return 0
        if len(self._full_at) >= _KEPT_MAX:
            self._full_at = {name: at for name, at in self._full_at.items() if at > clock_ns}
        full_at = max(self._full_at.get(owner, clock_ns), clock_ns)
        one_token_ns = 60 * _SECOND_NS // self._per_minute
        missing_ns = full_at - clock_ns + one_token_ns - 60 * _SECOND_NS
        if missing_ns > 0:
            return -(-missing_ns // _SECOND_NS)
        self._full_at[owner] = full_at + count * one_token_ns
        return 0


def find_address(peer: str, forwarded: str, proxies: int) -> str:
    """The address a request comes from: of an IPv6 address, its network.

    Behind `proxies` reverse proxies of our own it is the entry that the outermost of them wrote: what stands before it
    in X-Forwarded-For is the client's own invention.
    """
    address = peer
    if proxies:
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        address = hops[-proxies] if len(hops) >= proxies else address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, _IPV6_HOME_BITS), strict=False))
    return str(parsed)
