"""Where things stand, and which acts lead from where to where."""

from enum import StrEnum


class ProposalState(StrEnum):
    """What the latest act on a proposal made of it; a proposal without any act is a draft.

    draft -> submitted -> returned | shortlisted | declined; returned -> submitted; shortlisted -> chosen | declined;
    chosen -> granted | not_met; withdrawn by its author while nobody has decided.
    """

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    SHORTLISTED = "shortlisted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CHOSEN = "chosen"  # in a round that has opened, its grant reserved
    GRANTED = "granted"
    NOT_MET = "not_met"


class Act(StrEnum):
    """What is done to a proposal, each a row that stays."""

    SUBMIT = "submit"
    RETURN = "return"
    SHORTLIST = "shortlist"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CHOOSE = "choose"
    GRANT = "grant"
    MISS = "miss"


S = ProposalState
# The state table: from which states an act leads, and to which.
ACTS: dict[Act, tuple[frozenset[ProposalState], ProposalState]] = {
    Act.SUBMIT: (frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED),
    Act.RETURN: (frozenset({S.SUBMITTED}), S.RETURNED),
    Act.SHORTLIST: (frozenset({S.SUBMITTED}), S.SHORTLISTED),
    Act.DECLINE: (frozenset({S.SUBMITTED, S.SHORTLISTED}), S.DECLINED),
    Act.WITHDRAW: (frozenset({S.DRAFT, S.SUBMITTED, S.RETURNED}), S.WITHDRAWN),
    Act.CHOOSE: (frozenset({S.SHORTLISTED}), S.CHOSEN),
    Act.GRANT: (frozenset({S.CHOSEN}), S.GRANTED),
    Act.MISS: (frozenset({S.CHOSEN}), S.NOT_MET),
}
SCREENING = (Act.RETURN, Act.SHORTLIST, Act.DECLINE)  # what the desk decides; each but the shortlist needs a reason
EDITABLE = frozenset({S.DRAFT, S.RETURNED})


class DreamState(StrEnum):
    """Where a dream stands, from its round's opening and hours, its flowers and its outcome."""

    PLANNED = "planned"  # nobody outside knows of it
    UPCOMING = "upcoming"
    OPEN = "open"
    DECIDING = "deciding"  # full, or over, and about to be decided
    GRANTED = "granted"
    NOT_MET = "not_met"


class RoundPhase(StrEnum):
    """Where a round stands."""

    PLANNED = "planned"
    UPCOMING = "upcoming"
    OPEN = "open"
    OVER = "over"


class LetterKind(StrEnum):
    """What a letter to the givers tells."""

    GRANTED = "granted"
    RETURNED = "returned"
    FEEDBACK = "feedback"
    CLOSING = "closing"


class WordsState(StrEnum):
    """Whether somebody's words are shown: none; shown; held for a moderator -> shown | removed."""

    NONE = "none"
    SHOWN = "shown"
    HELD = "held"
    REMOVED = "removed"


class DutyState(StrEnum):
    """Where a promised letter stands."""

    MET = "met"
    DUE_LATER = "due_later"
    OVERDUE = "overdue"
