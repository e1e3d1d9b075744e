"""Gifts."""

from django.db import models
from django.db.models import Q

from redflower.domains.donations.types import MessageState, ShownAs


class Gift(models.Model):
    """What a donor means to give; its money facts never change, only the moderation of its message does."""

    id = models.UUIDField(primary_key=True)  # the id of its order
    donor = models.ForeignKey("people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False)
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    shown_as = models.TextField()
    shown_name = models.TextField()
    message = models.TextField()
    message_state = models.TextField()
    channel = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "donations_gift"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="gift_is_positive"),
            models.CheckConstraint(condition=Q(shown_as__in=list(ShownAs)), name="gift_is_shown_in_a_known_way"),
            models.CheckConstraint(
                condition=Q(message_state__in=list(MessageState)), name="gift_message_has_a_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(shown_as=ShownAs.ANONYMOUS) | Q(shown_name=""), name="anonymous_gift_carries_no_name"
            ),
        ]
        indexes = [
            models.Index(fields=["donor", "-id"], name="gift_by_donor"),
            models.Index(fields=["project", "-id"], name="gift_by_project"),
            models.Index(fields=["id"], name="gift_held", condition=Q(message_state="held")),
        ]
