"""Roll-ups."""

from django.db import models


class HourTotal(models.Model):
    """Settled gifts of one hour and one province."""

    hour = models.DateTimeField()
    region = models.CharField(max_length=6)
    gifts = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "insights_hour_total"
        constraints = [models.UniqueConstraint(fields=["hour", "region"], name="hour_total_per_region")]


class ProjectTotal(models.Model):
    """What a project has received: gifts and their matches, less what was given back.

    `gifts` counts all that ever settled; `refunds` those of them that were given back.
    """

    project = models.OneToOneField("projects.Project", primary_key=True, on_delete=models.PROTECT, related_name="+")
    gifts = models.BigIntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    matched_minor = models.BigIntegerField(default=0)
    last_gift_at = models.DateTimeField(null=True)
    refunds = models.BigIntegerField(db_default=0)
    refunded_minor = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "insights_project_total"
