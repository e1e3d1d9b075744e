"""Mail to dreamers and givers: what is queued is sent, and then remembered as sent."""

from collections.abc import Callable
from datetime import datetime

from redflower.adapters.mail import Outgoing, send_letters
from redflower.domains.dreams.selectors import list_waiting_mails
from redflower.domains.dreams.services import mark_sent
from redflower.domains.dreams.types import Post

AT_ONCE = 50


def tell_dreamers(write: Callable[[Post], Outgoing], now: datetime) -> int:
    """Sends the next mails that wait, in the words `write` finds for each; returns how many.

    Stopped between sending and remembering, it sends those again: a letter twice is better than none.
    Errors: OSError while the mail server is away; nothing is remembered then.
    """
    posts = list_waiting_mails(AT_ONCE)
    if posts:
        send_letters([write(post) for post in posts])
        mark_sent([post.id for post in posts], now)
    return len(posts)
