"""Festivals, rule sets, pools, tickets, slices and awards."""

from django.db import models
from django.db.models import F, Q

from redflower.domains.festivals.types import PoolState
from redflower.kernel.ids import new_id


class Festival(models.Model):
    """A span of time in which pools match gifts, cut into slices."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True, max_length=60)
    name_zh = models.TextField()
    name_en = models.TextField()
    summary_zh = models.TextField(blank=True, default="")
    summary_en = models.TextField(blank=True, default="")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    slice_seconds = models.IntegerField()
    allowance_seconds = models.IntegerField()  # how long after its end a slice waits for notices before it is drawn
    sealed_through = models.IntegerField(default=-1)  # no ticket joins a slice up to this one
    drawn_through = models.IntegerField(default=-1)  # every slice up to this one has been drawn
    created_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_festival"
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="festival_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(slice_seconds__gte=1), name="festival_slice_lasts_a_second_or_more"),
            models.CheckConstraint(condition=Q(allowance_seconds__gte=0), name="festival_allowance_is_not_negative"),
            models.CheckConstraint(condition=Q(drawn_through__gte=-1), name="festival_draws_forward"),
            models.CheckConstraint(
                condition=Q(drawn_through__lte=F("sealed_through")), name="festival_draws_only_what_is_sealed"
            ),
        ]


class RuleSet(models.Model):
    """A version of a matching rule; insert-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.TextField()
    version = models.IntegerField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_rule_set"
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="rule_set_version_is_unique")]


class Pool(models.Model):
    """A sponsor's budget for one festival, given out by one rule set."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    festival = models.ForeignKey(Festival, on_delete=models.PROTECT, related_name="+")
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField(default=0)
    name_zh = models.TextField()
    name_en = models.TextField()
    sponsor_zh = models.TextField()
    sponsor_en = models.TextField()
    budget_minor = models.BigIntegerField()
    granted_minor = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)
    secret = models.BinaryField()
    secret_sha256 = models.CharField(max_length=64)  # published before opening
    reveal_by = models.DateTimeField(null=True)  # published too: a slice drawn later pays what is expected
    beacon = models.JSONField(null=True)  # the public beacon its seeds are mixed with, as it is published
    state = models.TextField(default=PoolState.ANNOUNCED)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "festivals_pool"
        constraints = [
            models.CheckConstraint(condition=Q(budget_minor__gt=0), name="pool_budget_is_positive"),
            models.CheckConstraint(
                condition=Q(granted_minor__gte=0, returned_minor__gte=0)
                & Q(budget_minor__gte=F("granted_minor") + F("returned_minor")),
                name="pool_never_gives_more_than_its_budget",
            ),
            models.CheckConstraint(
                condition=~Q(state=PoolState.CLOSED) | Q(budget_minor=F("granted_minor") + F("returned_minor")),
                name="pool_closes_to_zero",
            ),
            models.CheckConstraint(condition=Q(state__in=list(PoolState)), name="pool_has_a_known_state"),
        ]


class Ticket(models.Model):
    """A settled gift's place in one slice of a festival; insert-only. A gift has one in each festival."""

    pk = models.CompositePrimaryKey("gift_id", "festival_id")
    festival = models.ForeignKey(
        Festival, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    slice_no = models.IntegerField()
    gift = models.ForeignKey(
        "donations.Gift", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    person_id = models.UUIDField()  # the payer as the provider knows them: caps are per person, not per cookie
    project_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    paid_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_ticket"
        indexes = [models.Index(fields=["festival", "slice_no"], name="ticket_by_slice")]


class Slice(models.Model):
    """The public result of one pool's draw of one slice that had tickets; insert-only."""

    id = models.BigAutoField(primary_key=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_index=False)
    slice_no = models.IntegerField()
    gifts_root = models.BinaryField()  # Merkle root over the slice's tickets as logged
    tickets = models.IntegerField()
    eligible = models.IntegerField()
    available_minor = models.BigIntegerField()
    granted_minor = models.BigIntegerField()
    drawn_at = models.DateTimeField()
    beacon_round = models.BigIntegerField(null=True)  # which round its seed was mixed with, where the pool has a beacon

    class Meta:
        db_table = "festivals_slice"
        constraints = [
            models.UniqueConstraint(fields=["pool", "slice_no"], name="slice_is_drawn_once_per_pool"),
            models.CheckConstraint(
                condition=Q(granted_minor__gte=0, granted_minor__lte=F("available_minor")),
                name="slice_grants_no_more_than_available",
            ),
        ]


class Award(models.Model):
    """What a pool's draw decided for one gift, including 'nothing' and why; insert-only."""

    id = models.UUIDField(primary_key=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    gift = models.ForeignKey(
        "donations.Gift", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    slice_no = models.IntegerField()
    person_id = models.UUIDField()
    awarded_on = models.DateField()  # the local day the daily cap counts
    amount_minor = models.BigIntegerField()
    reason = models.TextField()  # an AwardReason
    drawn_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_award"
        constraints = [
            models.UniqueConstraint(fields=["gift", "pool"], name="gift_is_awarded_once_per_pool"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="award_is_not_negative"),
        ]
        indexes = [
            models.Index(fields=["pool", "person_id", "awarded_on"], name="award_by_person_and_day"),
            models.Index(fields=["pool", "slice_no"], name="award_by_slice"),
        ]


class BonusGift(models.Model):
    """Flowers that one donor gave to a project's bonus in a festival; insert-only. Its transfer is in the ledger."""

    id = models.UUIDField(primary_key=True)
    festival = models.ForeignKey(Festival, on_delete=models.PROTECT, related_name="+", db_index=False)
    project_id = models.UUIDField()
    donor_id = models.UUIDField()
    flowers = models.IntegerField()
    counts_from = models.DateField()  # the first local day whose draws count them
    given_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_bonus_gift"
        constraints = [models.CheckConstraint(condition=Q(flowers__gt=0), name="bonus_gift_is_positive")]
        indexes = [
            models.Index(fields=["festival", "project_id"], name="bonus_gift_by_project"),
            models.Index(fields=["donor_id", "festival"], name="bonus_gift_by_donor"),
        ]


class BonusDay(models.Model):
    """What projects had gathered as a local day began, for a pool whose rule counts it; written before the day's first
    draw, insert-only. `flowers` is {project: flowers}, from the least tier on.
    """

    id = models.UUIDField(primary_key=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    flowers = models.JSONField()
    sha256 = models.CharField(max_length=64)  # of the day's public line
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_bonus_day"
        constraints = [models.UniqueConstraint(fields=["pool", "day"], name="bonus_is_counted_once_a_day")]


class BeaconRound(models.Model):
    """A round of a public beacon that a draw waited for, checked when it was fetched; insert-only."""

    id = models.BigAutoField(primary_key=True)
    chain_hash = models.CharField(max_length=64)
    round_no = models.BigIntegerField()
    signature = models.BinaryField()
    fetched_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_beacon_round"
        constraints = [
            models.UniqueConstraint(fields=["chain_hash", "round_no"], name="beacon_round_is_kept_once"),
        ]


class Withdrawal(models.Model):
    """A ticket that takes no part in its draw, because its gift is on its way back; insert-only."""

    pk = models.CompositePrimaryKey(
        "gift_id", "festival_id"
    )  # the ticket's; `withdrawal_is_of_a_ticket` holds them together
    gift = models.ForeignKey(
        "donations.Gift", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    festival = models.ForeignKey(
        Festival, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    withdrawn_at = models.DateTimeField()

    class Meta:
        db_table = "festivals_withdrawal"
