"""Writes of dreams: one file per part of a dream's way."""

from redflower.domains.dreams.services.ballots import give_flowers, withdraw_ballots
from redflower.domains.dreams.services.calls import decide_call, propose_call
from redflower.domains.dreams.services.desk import publish_shortlist, screen_proposals
from redflower.domains.dreams.services.letters import (
    end_mail_wish,
    mark_letters_read,
    mark_sent,
    queue_letters,
    review_feedback,
    wish_for_mail,
    write_feedback,
)
from redflower.domains.dreams.services.proposals import (
    save_proposals,
    submit_proposals,
    withdraw_proposals,
)
from redflower.domains.dreams.services.rallies import make_rallies, moderate_words
from redflower.domains.dreams.services.rounds import (
    decide_dreams,
    open_round,
    plan_round,
    record_projects,
    return_flowers,
)

__all__ = [
    "decide_call",
    "decide_dreams",
    "end_mail_wish",
    "give_flowers",
    "make_rallies",
    "mark_letters_read",
    "mark_sent",
    "moderate_words",
    "open_round",
    "plan_round",
    "propose_call",
    "publish_shortlist",
    "queue_letters",
    "record_projects",
    "return_flowers",
    "review_feedback",
    "save_proposals",
    "screen_proposals",
    "submit_proposals",
    "wish_for_mail",
    "withdraw_ballots",
    "withdraw_proposals",
    "write_feedback",
]
