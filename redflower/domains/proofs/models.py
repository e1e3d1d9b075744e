"""Entries, where batches mention facts, checkpoints, totals at the checkpoint, and people's keys."""

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """One fact in the public log, at its place; insert-only."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.TextField()
    subject_id = models.UUIDField()
    parent_id = models.UUIDField(null=True)  # an award's gift
    body = models.BinaryField()

    class Meta:
        db_table = "proofs_entry"
        constraints = [
            models.UniqueConstraint(fields=["subject_id", "kind"], name="fact_is_logged_once"),
            models.CheckConstraint(condition=Q(index__gte=0), name="entry_has_a_place"),
        ]
        indexes = [
            models.Index(fields=["parent_id"], name="entry_by_parent", condition=Q(parent_id__isnull=False)),
        ]


class Mention(models.Model):
    """A fact that a batch tells of: where to find a gift's flower; insert-only."""

    subject_id = models.UUIDField(primary_key=True)
    index = models.BigIntegerField()

    class Meta:
        db_table = "proofs_mention"


class Checkpoint(models.Model):
    """A signed size and root; insert-only."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "proofs_checkpoint"
        constraints = [models.CheckConstraint(condition=Q(size__gte=0), name="checkpoint_has_a_size")]


class Total(models.Model):
    """What the entries up to the last checkpoint add up to for a project; kept with the checkpoint, in one commit."""

    project_id = models.UUIDField(primary_key=True)
    gifts = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    matched_minor = models.BigIntegerField()

    class Meta:
        db_table = "proofs_total"


class PersonKey(models.Model):
    """What the salts of a person's commitments are made of; destroying it erases the person from the log."""

    donor_id = models.UUIDField(primary_key=True)
    key = models.BinaryField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "proofs_person_key"
        constraints = [
            models.CheckConstraint(
                condition=Q(key__isnull=False, erased_at=None) | Q(key=None, erased_at__isnull=False),
                name="person_key_is_there_or_destroyed",
            )
        ]
