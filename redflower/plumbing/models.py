"""The append-only event table and the cursors of those who follow it."""

from django.db import models


class Event(models.Model):
    """Something that happened, told once per batch; insert-only. Followers read it in commit order."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    facts = models.JSONField()
    happened_at = models.DateTimeField()
    # `xid xid8` is added by the migration: it lets a follower wait for transactions that are still open.

    class Meta:
        db_table = "plumbing_event"


class Cursor(models.Model):
    """How far one follower has read: the last event of the last transaction, `(xid, event_id)`."""

    follower = models.TextField(primary_key=True)
    event_id = models.BigIntegerField(default=0)

    class Meta:
        db_table = "plumbing_cursor"
