"""Endpoints of partners, and what was sent to them."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Endpoint(models.Model):
    """An address that hears of a partner's events, until it is closed."""

    id = models.UUIDField(primary_key=True)
    partner_id = models.UUIDField()
    url = models.TextField()
    kinds = models.JSONField(default=list)  # empty: all
    secret_version = models.IntegerField(default=1)
    rotated_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # nobody: the demo
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "partners_endpoint"
        constraints = [
            models.CheckConstraint(condition=Q(secret_version__gte=1), name="secret_versions_count_from_one"),
            models.UniqueConstraint(
                fields=["partner_id", "url"], condition=Q(closed_at=None), name="one_endpoint_per_address"
            ),
        ]


class Message(models.Model):
    """One event for one endpoint; insert-only."""

    id = models.UUIDField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_key = models.TextField()
    kind = models.TextField()
    body = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "partners_message"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_key"], name="an_event_is_told_once_per_endpoint")
        ]
        indexes = [models.Index(fields=["endpoint", "-id"], name="message_by_endpoint")]


class Try(models.Model):
    """One attempt to deliver a message; insert-only."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.IntegerField()
    status = models.IntegerField()  # 0: nobody answered
    error = models.TextField(blank=True, default="")
    milliseconds = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "partners_try"
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="tries_are_counted"),
            models.CheckConstraint(condition=Q(number__gte=1), name="tries_count_from_one"),
        ]


class Due(models.Model):
    """A message that is still to be delivered, and when; gone once it is heard or given up."""

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()

    class Meta:
        db_table = "partners_due"
        indexes = [models.Index(fields=["due_at"], name="due_first_first")]
