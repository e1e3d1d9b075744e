"""Orders, captures, ends and alarms."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Order(models.Model):
    """What a provider was asked to collect; insert-only."""

    id = models.UUIDField(primary_key=True)
    request_key = models.UUIDField()  # a hash of who asks and of their own key for it (`rules.compute_request_key`)
    request_hash = models.BinaryField()  # of what is asked
    provider = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    description = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "payments_order"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="order_asks_for_a_positive_amount"),
            models.UniqueConstraint(fields=["request_key"], name="order_is_unique_by_actor_and_key"),
        ]


class Capture(models.Model):
    """Money a provider collected; insert-only. Its key is the order, so an order is paid at most once."""

    order = models.OneToOneField(
        Order, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    provider = models.TextField()
    provider_txn = models.TextField()
    amount_minor = models.BigIntegerField()
    payer_id = models.TextField()
    paid_at = models.DateTimeField()
    noticed_at = models.DateTimeField()

    class Meta:
        db_table = "payments_capture"
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_txn"], name="provider_transaction_pays_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="capture_is_positive"),
        ]


class End(models.Model):
    """The provider's word that an attempt is over without money; insert-only."""

    order = models.OneToOneField(
        Order, primary_key=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    kind = models.TextField()
    ended_at = models.DateTimeField()

    class Meta:
        db_table = "payments_end"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["failed", "cancelled"]), name="end_has_a_known_kind")
        ]


class Alarm(models.Model):
    """A notice that does not fit what we know, parked until an operator has dealt with it."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    provider = models.TextField()
    provider_txn = models.TextField()
    order_id = models.UUIDField()
    facts = models.JSONField()
    raised_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, default="")

    class Meta:
        db_table = "payments_alarm"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_txn", "order_id", "kind"], name="alarm_is_raised_once"
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None) | Q(resolved_at__isnull=False),
                name="alarm_resolved_by_somebody_has_a_time",
            ),
        ]


class RefundOrder(models.Model):
    """What a provider is asked to give back; insert-only. A new attempt only after the last one has failed."""

    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    attempt = models.SmallIntegerField()
    provider = models.TextField()
    amount_minor = models.BigIntegerField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "payments_refund_order"
        constraints = [
            models.UniqueConstraint(fields=["order", "attempt"], name="refund_is_asked_for_once_per_attempt"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_asks_for_a_positive_amount"),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(released_by__isnull=False) & ~Q(released_by=F("accepted_by")),
                name="refund_is_released_by_a_second_person",
            ),
        ]


class Refund(models.Model):
    """The provider's last word about a refund; insert-only."""

    refund_order = models.OneToOneField(RefundOrder, primary_key=True, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.TextField()
    provider = models.TextField()
    provider_refund = models.TextField()
    amount_minor = models.BigIntegerField()
    decided_at = models.DateTimeField()
    noticed_at = models.DateTimeField()

    class Meta:
        db_table = "payments_refund"
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(status="done"), name="order_is_refunded_once"),
            models.UniqueConstraint(fields=["provider", "provider_refund"], name="provider_refund_counts_once"),
            models.CheckConstraint(condition=Q(status__in=["done", "failed"]), name="refund_has_a_known_end"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_is_positive"),
        ]
