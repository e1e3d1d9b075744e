"""Where a gift stands in its project's public ledger."""

from redflower.domains.donations.types import GiftView
from redflower.kernel.ids import ceiling_id, short_code


def find_ledger_place(gift: GiftView) -> str:
    """The ledger's page that begins with this gift, however many came after it."""
    return f"/projects/{gift.project_slug}/ledger?after={ceiling_id(gift.id)}#{short_code(gift.id)}"
