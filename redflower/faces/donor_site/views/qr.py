"""Codes to print on a poster and point a phone at."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=512)
def draw_qr(address: str, title: str) -> Markup:
    """An inline SVG of an address, in the ink and paper of its box.

    Shape: no size of its own; the box around it decides.
    """
    code = segno.make(address, error="m", micro=False)
    width, height = code.symbol_size(scale=1, border=2)
    squares = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(code.matrix_iter(scale=1, border=2))
        for column, dark in enumerate(line)
        if dark
    )
    # Every part of this is either ours or escaped by format.
    return Markup('<svg class="qr-code" viewBox="0 0 {} {}" role="img" aria-label="{}"><path d="{}"/></svg>').format(
        width, height, title, squares
    )
