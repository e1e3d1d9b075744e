"""Red Flower for partner apps: report deeds by the list, ask for user tokens, verify webhooks.

    from redflower_client import Client, Deed, Key

    with Client("https://redflower.example", Key.load("key.pem", key_id="…")) as flowers:
        report = flowers.report_deeds([Deed(kind="steps", campaign="daily-steps", user="u-7", id="u-7-2026-09-09", …)])

`AsyncClient` does the same with `await`. Nothing is retried that could count twice: every deed carries an id of yours, and
the same id is the same deed, for ever, so whatever went unheard may simply be sent again.
"""

from redflower_client.client import AsyncClient, Client
from redflower_client.errors import Problem, RedFlowerError, Unreachable, WebhookForged
from redflower_client.signing import Key, sign_request
from redflower_client.types import Deed, DeedAnswer, LinkPage, Report, UserToken
from redflower_client.webhooks import verify_webhook

__all__ = [
    "AsyncClient", "Client", "Deed", "DeedAnswer", "Key", "LinkPage", "Problem", "RedFlowerError", "Report", "Unreachable",
    "UserToken", "WebhookForged", "sign_request", "verify_webhook",
]  # fmt: skip
