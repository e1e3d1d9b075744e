"""Partners and their keys, rule sets, campaigns, deeds, and what was decided about them."""

from django.db import models
from django.db.models import F, Q

from redflower.domains.scenes.types import (
    CampaignState,
    ItemState,
    KeyAlgorithm,
    PartnerState,
    RulingKind,
    StoredStatus,
)


class Partner(models.Model):
    """An app where people already are."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(unique=True, max_length=40)
    name_zh = models.TextField()
    name_en = models.TextField()
    homepage = models.TextField()
    contact_email = models.TextField()
    is_sandbox = models.BooleanField()  # what its deeds earn is counted and never moves
    allowed_origins = models.JSONField(default=list)
    state = models.TextField()
    note = models.TextField(default="")
    submitted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_partner"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=list(PartnerState)), name="partner_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("submitted_by")), name="partner_is_checked_by_another"
            ),
        ]


class Member(models.Model):
    """A user who may look after a partner."""

    id = models.BigAutoField(primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        db_table = "scenes_member"
        constraints = [models.UniqueConstraint(fields=["partner", "user"], name="user_is_a_partners_member_once")]


class Key(models.Model):
    """What a partner signs with: an Ed25519 public key, or a shared secret sealed for this row only."""

    id = models.UUIDField(primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    algorithm = models.TextField()
    material = models.BinaryField()
    scopes = models.JSONField()
    label = models.TextField(default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "scenes_key"
        constraints = [
            models.CheckConstraint(condition=Q(algorithm__in=list(KeyAlgorithm)), name="key_has_a_known_algorithm")
        ]


class Nonce(models.Model):
    """A nonce a key has used; kept until its request could no longer be replayed."""

    id = models.BigAutoField(primary_key=True)
    key_id = models.UUIDField()
    nonce = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_nonce"
        constraints = [models.UniqueConstraint(fields=["key_id", "nonce"], name="nonce_is_used_once")]
        indexes = [models.Index(fields=["created_at"], name="nonce_by_age")]


class RuleSet(models.Model):
    """A version of a scene's rule; insert-only."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    code = models.TextField()
    version = models.IntegerField()
    body = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_rule_set"
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="scene_rule_version_is_unique")]


class Campaign(models.Model):
    """A kind of deed, a rule, opening hours, limits, and the money behind it. Fixed once published, but for its state."""

    id = models.UUIDField(primary_key=True)
    slug = models.SlugField(unique=True, max_length=60)
    kind = models.TextField()
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="+")
    is_sandbox = models.BooleanField()
    title_zh = models.TextField()
    title_en = models.TextField()
    summary_zh = models.TextField()
    summary_en = models.TextField()
    sponsor_zh = models.TextField()
    sponsor_en = models.TextField()
    budget_minor = models.BigIntegerField()
    spent_minor = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)
    flowers = models.BigIntegerField(default=0)
    deeds = models.BigIntegerField(default=0)
    last_request_id = models.UUIDField(
        null=True
    )  # the request settled last; rosters tell by it what they have not seen
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    person_day_flowers = models.IntegerField(null=True)
    person_day_minor = models.BigIntegerField(null=True)
    person_total_minor = models.BigIntegerField(null=True)
    day_minor = models.BigIntegerField(null=True)
    device_accounts = models.IntegerField()
    max_age_days = models.IntegerField()
    secret = models.BinaryField()  # of codes only this campaign can make
    state = models.TextField()
    note = models.TextField(default="")
    submitted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_campaign"
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="campaign_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(budget_minor__gte=0, spent_minor__gte=0, returned_minor__gte=0)
                & Q(budget_minor__gte=F("spent_minor") + F("returned_minor")),
                name="campaign_never_spends_more_than_its_budget",
            ),
            models.CheckConstraint(
                condition=~Q(state=CampaignState.CLOSED) | Q(budget_minor=F("spent_minor") + F("returned_minor")),
                name="campaign_closes_to_zero",
            ),
            models.CheckConstraint(condition=Q(flowers__gte=0, deeds__gte=0), name="campaign_counts_are_not_negative"),
            models.CheckConstraint(condition=Q(state__in=list(CampaignState)), name="campaign_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("submitted_by")), name="campaign_is_checked_by_another"
            ),
        ]


class CampaignProject(models.Model):
    """A project that a campaign's money may go to, the first one unless somebody chooses."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField()

    class Meta:
        db_table = "scenes_campaign_project"
        constraints = [models.UniqueConstraint(fields=["campaign", "project"], name="project_is_in_a_campaign_once")]


class Day(models.Model):
    """What a campaign gave on one local day; the last guard of its daily limit."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    deeds = models.BigIntegerField()
    flowers = models.BigIntegerField()
    money_minor = models.BigIntegerField()
    limit_minor = models.BigIntegerField(null=True)

    class Meta:
        db_table = "scenes_day"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "day"], name="campaign_has_one_row_a_day"),
            models.CheckConstraint(
                condition=Q(money_minor__gte=0) & (Q(limit_minor=None) | Q(money_minor__lte=F("limit_minor"))),
                name="campaign_day_never_spends_more_than_its_limit",
            ),
        ]


class Item(models.Model):
    """What deeds of a campaign may be about: a video, a question, an article, an event."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.TextField()
    title_zh = models.TextField()
    title_en = models.TextField()
    body = models.JSONField()
    project = models.ForeignKey("projects.Project", null=True, on_delete=models.PROTECT, related_name="+")
    author_id = models.UUIDField(null=True)
    author_name = models.TextField(default="")
    state = models.TextField()
    note = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_item"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="item_code_is_a_campaigns_own"),
            models.CheckConstraint(condition=Q(state__in=list(ItemState)), name="item_has_a_known_state"),
        ]


class Request(models.Model):
    """One request of a partner, counted by answer; insert-only."""

    id = models.UUIDField(primary_key=True)
    partner_id = models.UUIDField()
    received_at = models.DateTimeField()
    rows = models.IntegerField()
    accepted = models.IntegerField()
    capped = models.IntegerField()
    held = models.IntegerField()
    refused = models.IntegerField()
    replayed = models.IntegerField()
    flowers = models.BigIntegerField()
    money_minor = models.BigIntegerField()
    reasons = models.JSONField()

    class Meta:
        db_table = "scenes_request"
        indexes = [models.Index(fields=["partner_id", "-id"], name="request_by_partner")]


class Deed(models.Model):
    """A good thing somebody did, and its first answer; insert-only."""

    # No foreign keys in the database: thousands of rows arrive at once, and the audit checks where they lead.
    id = models.UUIDField(primary_key=True)  # in the order of arrival
    partner_id = models.UUIDField()
    external_id = models.TextField(db_collation="C")
    campaign_id = models.UUIDField()
    donor_id = models.UUIDField()
    done_at = models.DateTimeField()
    done_on = models.DateField()
    amount = models.BigIntegerField()
    status = models.SmallIntegerField()
    reason = models.TextField()
    flowers = models.IntegerField()
    money_minor = models.BigIntegerField()
    item = models.TextField()
    subject = models.TextField(null=True)
    project_id = models.UUIDField(null=True)
    facts = models.JSONField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_deed"
        constraints = [
            models.UniqueConstraint(fields=["partner_id", "external_id"], name="deed_is_reported_once"),
            models.CheckConstraint(
                condition=Q(status__in=[int(status) for status in StoredStatus]), name="deed_has_a_known_status"
            ),
            models.CheckConstraint(condition=Q(flowers__gte=0, money_minor__gte=0), name="deed_earns_nothing_negative"),
            models.CheckConstraint(
                condition=~Q(status=int(StoredStatus.HELD)) | Q(flowers=0, money_minor=0),
                name="held_deed_earns_nothing",
            ),
        ]
        # The day first, so that a busy day writes in one small place; a person's days are skipped through.
        indexes = [models.Index(fields=["done_on", "donor_id"], name="deed_by_day_and_donor")]


class Device(models.Model):
    """An account seen behind a device, both as keyed hashes; insert-only."""

    id = models.BigAutoField(primary_key=True)
    device_id = models.UUIDField()
    donor_id = models.UUIDField()
    place = models.SmallIntegerField()  # how many accounts were seen behind the device before this one
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_device"
        constraints = [models.UniqueConstraint(fields=["device_id", "donor_id"], name="device_meets_a_donor_once")]


class Ruling(models.Model):
    """What was decided about a deed after its first answer; insert-only. Units: flowers, fen; what moved by it."""

    id = models.UUIDField(primary_key=True)
    deed_id = models.UUIDField()
    kind = models.TextField()
    flowers = models.IntegerField()
    money_minor = models.BigIntegerField()
    project_id = models.UUIDField(null=True)
    note = models.TextField()
    ruled_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_ruling"
        constraints = [
            models.UniqueConstraint(fields=["deed_id", "kind"], name="deed_is_ruled_once_of_a_kind"),
            models.UniqueConstraint(
                fields=["deed_id"],
                condition=Q(kind__in=[RulingKind.RELEASED, RulingKind.DISMISSED]),
                name="held_deed_is_released_or_dismissed",
            ),
            models.CheckConstraint(condition=Q(kind__in=list(RulingKind)), name="ruling_has_a_known_kind"),
            models.CheckConstraint(
                condition=Q(flowers__gte=0, money_minor__gte=0), name="ruling_moves_nothing_negative"
            ),
        ]


class Placement(models.Model):
    """Where a person put the sponsor's money that their deed unlocked; insert-only."""

    id = models.UUIDField(primary_key=True)  # the deed's
    campaign_id = models.UUIDField()
    project_id = models.UUIDField(null=True)  # None: nobody placed it in time, it went back
    amount_minor = models.BigIntegerField()
    placed_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_placement"
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="placement_is_positive")]
        indexes = [models.Index(fields=["campaign_id"], name="placement_by_campaign")]


class Link(models.Model):
    """A partner's user and a donor here are one person, with their consent."""

    id = models.UUIDField(primary_key=True)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    partner_donor_id = models.UUIDField()
    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+")
    consented_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    statement_id = models.UUIDField(null=True)  # the partner's word it was made by

    class Meta:
        db_table = "scenes_link"
        constraints = [
            models.UniqueConstraint(fields=["statement_id"], name="link_statement_counts_once"),
            models.UniqueConstraint(
                fields=["partner_donor_id"], condition=Q(ended_at=None), name="partners_user_is_one_donor_at_a_time"
            ),
        ]


class Team(models.Model):
    """People walking together in a campaign."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    captain_id = models.UUIDField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_team"


class TeamMember(models.Model):
    """A person in a team, one team a campaign; insert-only."""

    id = models.BigAutoField(primary_key=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    campaign_id = models.UUIDField()
    donor_id = models.UUIDField()
    joined_on = models.DateField()

    class Meta:
        db_table = "scenes_team_member"
        constraints = [
            models.UniqueConstraint(fields=["campaign_id", "donor_id"], name="person_is_in_one_team_a_campaign")
        ]


class Grant(models.Model):
    """The sponsor's money that a shared goal unlocked, once a goal; insert-only."""

    id = models.UUIDField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner_id = models.UUIDField()  # the team, or the campaign for everybody's goal
    project_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    reached = models.BigIntegerField()
    granted_at = models.DateTimeField()

    class Meta:
        db_table = "scenes_grant"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "owner_id"], name="goal_is_granted_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="grant_is_positive"),
        ]
