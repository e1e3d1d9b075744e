"""Accounts and transfers."""

from django.db import models
from django.db.models import F, Q

from redflower.domains.ledger.types import BUSY_FLOWER_KINDS, BUSY_KINDS, Asset, Phase


class Account(models.Model):
    """One asset of one owner, with its balances as of this commit."""

    id = models.UUIDField(primary_key=True)
    asset = models.SmallIntegerField()
    kind = models.TextField()
    owner_id = models.UUIDField(null=True)
    never_below_zero = models.BooleanField()
    debits_posted = models.BigIntegerField(default=0)
    credits_posted = models.BigIntegerField(default=0)
    debits_pending = models.BigIntegerField(default=0)
    credits_pending = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_account"
        constraints = [
            models.CheckConstraint(
                condition=Q(asset__in=[int(asset) for asset in Asset]), name="account_holds_a_known_asset"
            ),
            models.CheckConstraint(
                condition=Q(debits_posted__gte=0, credits_posted__gte=0, debits_pending__gte=0, credits_pending__gte=0),
                name="account_sides_never_fall_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(never_below_zero=False) | Q(credits_posted__gte=F("debits_posted") + F("debits_pending")),
                name="account_balance_never_below_zero_pending_included",
            ),
        ]


class Transfer(models.Model):
    """A movement of one asset; insert-only."""

    id = models.UUIDField(primary_key=True)
    asset = models.SmallIntegerField()
    kind = models.TextField()
    phase = models.TextField()
    debit_id = models.UUIDField()
    credit_id = models.UUIDField()
    amount = models.BigIntegerField()
    subject_id = models.UUIDField()
    pending_id = models.UUIDField(null=True)
    reverses_id = models.UUIDField(null=True)
    rule = models.TextField()
    booked_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_transfer"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_moves_a_positive_amount"),
            models.CheckConstraint(condition=~Q(debit_id=F("credit_id")), name="transfer_moves_between_two_accounts"),
            models.CheckConstraint(
                condition=Q(asset__in=[int(asset) for asset in Asset]), name="transfer_moves_a_known_asset"
            ),
            models.CheckConstraint(
                condition=Q(phase__in=[Phase.POSTED, Phase.PENDING], pending_id=None)
                | Q(phase__in=[Phase.POST, Phase.VOID], pending_id__isnull=False),
                name="transfer_ends_a_pending_one_only_by_name",
            ),
            # Partial, because nearly every transfer has neither: an index of nothing costs as much as one of something.
            models.UniqueConstraint(
                fields=["pending_id"], condition=Q(pending_id__isnull=False), name="pending_transfer_ends_once"
            ),
            models.UniqueConstraint(
                fields=["reverses_id"], condition=Q(reverses_id__isnull=False), name="transfer_is_reversed_once"
            ),
        ]
        indexes = [
            # Only of what somebody pages through: an index on an account costs a festival as much as the transfer.
            models.Index(
                fields=["credit_id", "-id"], condition=~Q(kind__in=BUSY_FLOWER_KINDS), name="transfer_by_credit"
            ),
            models.Index(fields=["debit_id", "-id"], condition=~Q(kind__in=BUSY_KINDS), name="transfer_by_debit"),
            models.Index(fields=["subject_id"], condition=~Q(kind__in=BUSY_KINDS), name="transfer_by_subject"),
        ]
