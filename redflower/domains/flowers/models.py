"""Earnings of flowers."""

from django.db import models
from django.db.models import Q


class Earning(models.Model):
    """Flowers a donor earned by a deed on a day; insert-only."""

    id = models.UUIDField(primary_key=True)
    earned_on = models.DateField()
    deed = models.TextField()
    donor = models.ForeignKey(
        "people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    amount = models.IntegerField()
    subject_id = models.UUIDField()  # what earned them: a gift; found by `posting.OF_SUBJECTS`, not by an index
    rule = models.TextField()
    earned_at = models.DateTimeField()

    class Meta:
        db_table = "flowers_earning"
        constraints = [
            # One index for two questions: has this donor earned today, and what has this donor earned?
            models.UniqueConstraint(fields=["donor", "earned_on", "deed"], name="deed_earns_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="earning_is_positive"),
        ]


class Burning(models.Model):
    """Flowers taken back with the deed that earned them, as far as the donor still held them; insert-only."""

    id = models.UUIDField(primary_key=True)  # the deed's
    donor_id = models.UUIDField()
    asked = models.IntegerField()
    burned = models.IntegerField()  # what had been given away by then stays where it was given
    burned_at = models.DateTimeField()

    class Meta:
        db_table = "flowers_burning"
        constraints = [
            models.CheckConstraint(
                condition=Q(asked__gt=0, burned__gte=0, burned__lte=models.F("asked")), name="burns_no_more_than_earned"
            )
        ]
        indexes = [models.Index(fields=["donor_id"], name="burning_by_donor")]
