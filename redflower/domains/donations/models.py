"""Gifts."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from redflower.domains.donations.types import MessageState, ReceiptForm, RefundReason, RefundSide, ShownAs


class Gift(models.Model):
    """What a donor means to give; its money facts never change, only the moderation of its message does."""

    id = models.UUIDField(primary_key=True)  # the id of its order
    # No foreign keys in the database where a festival writes: a check of each costs as much as the row (decision 0012).
    donor = models.ForeignKey(
        "people.Donor", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    project = models.ForeignKey(
        "projects.Project", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
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
            models.Index(fields=["id"], name="gift_held", condition=Q(message_state="held")),
        ]


class Receipt(models.Model):
    """A receipt that was handed out; insert-only. The first of a content is the original, every later one a copy."""

    id = models.UUIDField(primary_key=True)
    form = models.TextField()
    subject_id = models.UUIDField()  # the gift; for a year the number of the donor's year
    year = models.SmallIntegerField(null=True)
    sha256 = models.CharField(max_length=64)  # of what it confirms
    language = models.TextField()
    is_original = models.BooleanField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "donations_receipt"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_id", "sha256"], condition=Q(is_original=True), name="receipt_has_one_original"
            ),
            models.CheckConstraint(condition=Q(form__in=list(ReceiptForm)), name="receipt_has_a_known_form"),
            models.CheckConstraint(
                condition=Q(form=ReceiptForm.YEAR) ^ Q(year__isnull=True), name="receipt_of_a_year_names_it"
            ),
        ]
        indexes = [models.Index(fields=["subject_id"], name="receipt_by_subject")]


class RefundCase(models.Model):
    """A donor asks for gifts back; insert-only."""

    id = models.UUIDField(primary_key=True)
    reason = models.TextField()
    note = models.TextField()
    rule = models.TextField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()  # until then the charities answer

    class Meta:
        db_table = "donations_refund_case"
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=list(RefundReason)), name="refund_case_has_a_known_reason"),
            models.CheckConstraint(condition=Q(due_at__gt=models.F("opened_at")), name="refund_case_has_a_clock"),
        ]


class RefundAsked(models.Model):
    """A gift of a case, on its way to the charity of its project; insert-only. A gift is asked for once."""

    gift = models.OneToOneField(Gift, primary_key=True, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(RefundCase, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "donations_refund_asked"


class RefundDecision(models.Model):
    """What was decided about a gift of a case, by whom and why; insert-only."""

    asked = models.OneToOneField(
        RefundAsked, primary_key=True, on_delete=models.PROTECT, related_name="+", db_column="gift_id"
    )
    is_accepted = models.BooleanField()
    side = models.TextField()
    answer = models.TextField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "donations_refund_decision"
        constraints = [
            models.CheckConstraint(
                condition=Q(side=RefundSide.RULE, is_accepted=True, decided_by=None)
                | Q(side__in=[RefundSide.CHARITY, RefundSide.PLATFORM], decided_by__isnull=False),
                name="refund_is_decided_by_the_rule_or_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(is_accepted=True) | ~Q(answer=""), name="refund_is_declined_with_a_reason"
            ),
        ]
