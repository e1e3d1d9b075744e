"""Calls, proposals and what was decided about them; rounds, dreams, ballots and letters."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from redflower.domains.dreams.types import Act, LetterKind, WordsState


class Call(models.Model):
    """An invitation to propose, with a sponsor's fund; insert-only."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(unique=True, max_length=60)
    title_zh = models.TextField()
    title_en = models.TextField()
    brief_zh = models.TextField()
    brief_en = models.TextField()
    eligible_zh = models.TextField()
    eligible_en = models.TextField()
    sponsor_zh = models.TextField()
    sponsor_en = models.TextField()
    themes = models.JSONField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    grant_min_minor = models.BigIntegerField()
    grant_max_minor = models.BigIntegerField()
    fund_minor = models.BigIntegerField()
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    announced_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_call"
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="call_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(grant_min_minor__gt=0, grant_max_minor__gte=F("grant_min_minor")),
                name="call_grants_a_positive_range",
            ),
        ]


class Shortlist(models.Model):
    """A call's shortlist made public; insert-only."""

    call = models.OneToOneField(Call, primary_key=True, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    published_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_shortlist"


class Proposal(models.Model):
    """What somebody wishes to see happen. Its author may rewrite it while it is with them; acts say where it stands."""

    id = models.UUIDField(primary_key=True)
    call = models.ForeignKey("dreams.Call", on_delete=models.PROTECT, related_name="+", db_index=False)
    author = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False)
    title_zh = models.TextField()
    title_en = models.TextField()
    summary_zh = models.TextField()
    summary_en = models.TextField()
    need_zh = models.TextField()
    need_en = models.TextField()
    story_zh = models.TextField()
    story_en = models.TextField()
    helped_zh = models.TextField()
    helped_en = models.TextField()
    people = models.IntegerField()
    cause = models.TextField()
    region = models.CharField(max_length=6)
    budget = models.JSONField()
    grant_minor = models.BigIntegerField()
    motif = models.TextField()
    palette = models.TextField()
    picture_seed = models.IntegerField()
    author_name = models.TextField()
    about_zh = models.TextField()
    about_en = models.TextField()
    email = models.TextField()
    language = models.TextField()  # what the author reads
    needs_look = models.BooleanField(default=False)
    words = SearchVectorField(null=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_proposal"
        constraints = [
            models.CheckConstraint(condition=Q(grant_minor__gte=0, people__gte=0), name="proposal_counts_from_zero"),
        ]
        indexes = [
            models.Index(fields=["call", "-id"], name="proposal_by_call"),
            models.Index(fields=["author", "-id"], name="proposal_by_author"),
            GinIndex(fields=["words"], name="proposal_words"),
        ]


class ProposalAct(models.Model):
    """One act on a proposal, numbered; insert-only. The latest says the state."""

    id = models.UUIDField(primary_key=True)
    proposal = models.ForeignKey("dreams.Proposal", on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.SmallIntegerField()
    act = models.TextField()
    reason = models.TextField()
    suggestion = models.TextField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # an operator; none for the author and the clock
    at = models.DateTimeField()

    class Meta:
        db_table = "dreams_act"
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="act_has_its_own_number"),
            models.CheckConstraint(condition=Q(act__in=list(Act)), name="act_is_known"),
            models.CheckConstraint(
                condition=~Q(act__in=[Act.RETURN, Act.DECLINE]) | ~Q(reason=""), name="refusing_act_says_why"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="act_by_time")]


class Round(models.Model):
    """A span of time in which flowers are given to dreams; insert-only."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(unique=True, max_length=60)
    call = models.ForeignKey("dreams.Call", on_delete=models.PROTECT, related_name="+", db_index=False)
    name_zh = models.TextField()
    name_en = models.TextField()
    summary_zh = models.TextField()
    summary_en = models.TextField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    person_dream_cap = models.IntegerField(null=True)
    person_round_cap = models.IntegerField(null=True)
    may_withdraw = models.BooleanField()
    feedback_days = models.JSONField()
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    planned_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_round"
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="round_closes_after_it_opens"),
        ]


class Opening(models.Model):
    """A round opened by a second person, its grants reserved in the same transaction; insert-only."""

    round = models.OneToOneField(Round, primary_key=True, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_opening"


class Dream(models.Model):
    """A proposal before the public, in a round, carried by a charity; insert-only."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(unique=True, max_length=60)
    round = models.ForeignKey("dreams.Round", on_delete=models.PROTECT, related_name="+", db_index=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, related_name="+")
    charity = models.ForeignKey("organizations.Charity", on_delete=models.PROTECT, related_name="+", db_index=False)
    position = models.SmallIntegerField()
    grant_minor = models.BigIntegerField()
    minimum = models.IntegerField()

    class Meta:
        db_table = "dreams_dream"
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="dream_has_its_own_place"),
            models.CheckConstraint(condition=Q(grant_minor__gt=0, minimum__gt=0), name="dream_needs_something"),
        ]


class Outcome(models.Model):
    """What became of a dream at its minimum or at the close, once; insert-only."""

    dream = models.OneToOneField(Dream, primary_key=True, on_delete=models.PROTECT, related_name="+")
    granted = models.BooleanField()
    flowers = models.IntegerField()
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_outcome"


class DreamProject(models.Model):
    """The project a granted dream has become; insert-only."""

    dream = models.OneToOneField(Dream, primary_key=True, on_delete=models.PROTECT, related_name="+")
    project = models.OneToOneField("projects.Project", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_project"


class Ballot(models.Model):
    """One act of giving flowers to a dream; insert-only. One row per donor the flowers came from."""

    id = models.UUIDField(primary_key=True)
    dream = models.ForeignKey("dreams.Dream", on_delete=models.PROTECT, related_name="+", db_index=False)
    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.TextField()
    flowers = models.IntegerField()
    shown_name = models.TextField()
    words = models.TextField()
    words_state = models.TextField()
    rally = models.ForeignKey("dreams.Rally", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_ballot"
        constraints = [
            # The donor leads: the same index finds everything a person has given.
            models.UniqueConstraint(fields=["donor", "key"], name="ballot_is_given_once"),
            models.CheckConstraint(condition=Q(flowers__gt=0), name="ballot_gives_flowers"),
            models.CheckConstraint(condition=Q(words_state__in=list(WordsState)), name="ballot_words_have_a_state"),
        ]
        indexes = [
            models.Index(fields=["dream", "-id"], name="ballot_by_dream"),
            models.Index(fields=["dream", "-id"], condition=~Q(words_state="none"), name="ballot_with_words"),
            models.Index(fields=["given_at"], condition=Q(words_state="held"), name="ballot_words_waiting"),
            models.Index(fields=["rally"], condition=Q(rally__isnull=False), name="ballot_by_rally"),
        ]


class BallotReversal(models.Model):
    """Flowers that went back to their giver, once; insert-only."""

    ballot = models.OneToOneField(Ballot, primary_key=True, on_delete=models.PROTECT, related_name="+")
    why = models.TextField()  # withdrawn | returned
    at = models.DateTimeField()

    class Meta:
        db_table = "dreams_ballot_reversal"
        constraints = [
            models.CheckConstraint(condition=Q(why__in=["withdrawn", "returned"]), name="reversal_says_why"),
        ]


class Tally(models.Model):
    """How many acts and people a dream's flowers come from: a roll-up, written with the ballots, rebuildable from them."""

    dream = models.OneToOneField(Dream, primary_key=True, on_delete=models.PROTECT, related_name="+")
    ballots = models.IntegerField(default=0)
    givers = models.IntegerField(default=0)

    class Meta:
        db_table = "dreams_tally"


class Rally(models.Model):
    """Somebody's own page that asks friends to give flowers to a dream; insert-only."""

    id = models.UUIDField(primary_key=True)
    dream = models.ForeignKey("dreams.Dream", on_delete=models.PROTECT, related_name="+", db_index=False)
    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.TextField()
    sentence = models.TextField()
    state = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_rally"
        constraints = [models.UniqueConstraint(fields=["dream", "donor"], name="one_rally_per_dream_and_donor")]


class Verdict(models.Model):
    """A moderator's word on held words of a ballot or a rally, once; insert-only."""

    subject_id = models.UUIDField(primary_key=True)
    shown = models.BooleanField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "dreams_verdict"


class Feedback(models.Model):
    """What became of a granted dream, told at a stage; insert-only, reviewed before it is a letter."""

    id = models.UUIDField(primary_key=True)
    dream = models.ForeignKey("dreams.Dream", on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.SmallIntegerField()
    title_zh = models.TextField()
    title_en = models.TextField()
    body_zh = models.TextField()
    body_en = models.TextField()
    spent_minor = models.BigIntegerField()
    people = models.IntegerField()
    is_last = models.BooleanField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    written_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_feedback"
        indexes = [models.Index(fields=["dream", "stage"], name="feedback_by_dream")]


class FeedbackReview(models.Model):
    """The desk's answer to a told stage, once; insert-only."""

    feedback = models.OneToOneField(Feedback, primary_key=True, on_delete=models.PROTECT, related_name="+")
    published = models.BooleanField()
    note = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "dreams_feedback_review"


class Letter(models.Model):
    """A letter to everybody who gave flowers to a dream: one row per dream and stage; insert-only."""

    id = models.UUIDField(primary_key=True)
    dream = models.ForeignKey("dreams.Dream", on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.SmallIntegerField()  # 0: the outcome
    kind = models.TextField()
    feedback = models.OneToOneField(Feedback, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        db_table = "dreams_letter"
        constraints = [
            models.UniqueConstraint(fields=["dream", "stage"], name="one_letter_per_dream_and_stage"),
            models.CheckConstraint(condition=Q(kind__in=list(LetterKind)), name="letter_has_a_known_kind"),
        ]


class LetterRead(models.Model):
    """A reader has opened a letter; insert-only."""

    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False)
    letter = models.ForeignKey("dreams.Letter", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "dreams_letter_read"
        constraints = [models.UniqueConstraint(fields=["donor", "letter"], name="letter_is_read_once")]


class MailWish(models.Model):
    """A donor who asked to have letters by mail; removed when they no longer wish it."""

    donor = models.OneToOneField("people.Donor", primary_key=True, on_delete=models.PROTECT, related_name="+")
    email = models.TextField()
    language = models.TextField()
    since = models.DateTimeField()

    class Meta:
        db_table = "dreams_mail_wish"


class Mail(models.Model):
    """A mail to send, queued in the transaction of what it tells; `sent_at` is written once it has left."""

    id = models.UUIDField(primary_key=True)
    act = models.ForeignKey("dreams.ProposalAct", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    letter = models.ForeignKey("dreams.Letter", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "dreams_mail"
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "donor"], condition=Q(letter__isnull=False), name="letter_mailed_once"
            ),
            models.UniqueConstraint(fields=["act"], condition=Q(act__isnull=False), name="act_mailed_once"),
            models.CheckConstraint(
                condition=Q(act__isnull=True, letter__isnull=False) | Q(act__isnull=False, letter__isnull=True),
                name="mail_tells_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(sent_at__isnull=True), name="mail_waiting")]
