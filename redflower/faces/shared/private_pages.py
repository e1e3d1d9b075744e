"""Pages whose address is their key."""

from django.http import HttpResponse


def keep_private(response: HttpResponse) -> HttpResponse:
    """Keeps a page behind a private link from caches, search engines, and the next site's logs; returns it.

    Not `no-referrer`: from such a page a browser sends a form with the origin `null`, and it is taken for a forged one.
    """
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
