"""What the auditor says of the test's database."""

from redflower.faces.commands.audit import INVARIANTS
from redflower.faces.followers.insights import follow_once
from tests.faults.processes import eventually


def find_differences() -> dict[str, int]:
    """Every invariant that does not hold, with its count; the roll-ups are caught up first, and the public log, which
    only a worker integrates, is left out."""

    def all_hold() -> bool:
        # An event is followed once no older transaction is open on the server.
        while follow_once():
            pass
        return not differing()

    eventually(all_hold)
    return differing()


def differing() -> dict[str, int]:
    """As `find_differences`, as things stand."""
    audited = [found for found in INVARIANTS if not found.code.startswith("proofs.")]
    return {found.code: count for found in audited if (count := found.count_differences())}
