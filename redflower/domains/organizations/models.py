"""Charities and their members."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from redflower.domains.organizations.types import CharityKind, CharityState
from redflower.kernel.ids import new_id


class Charity(models.Model):
    """A registered charity."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True, max_length=60)
    name_zh = models.TextField()
    name_en = models.TextField()
    kind = models.TextField()
    region = models.CharField(max_length=6)
    uscc = models.CharField(max_length=18, unique=True)  # unified social credit code
    certificate_no = models.TextField(blank=True, default="")  # public-fundraising certificate
    founded_on = models.DateField()
    mission_zh = models.TextField()
    mission_en = models.TextField()
    palette = models.TextField(default="wheat")
    state = models.TextField(default=CharityState.DRAFT)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    review_note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organizations_charity"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=list(CharityKind)), name="charity_has_a_known_kind"),
            models.CheckConstraint(condition=Q(state__in=list(CharityState)), name="charity_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(submitted_by=None) | ~Q(reviewed_by=F("submitted_by")),
                name="charity_reviewer_is_not_its_submitter",
            ),
            models.CheckConstraint(
                condition=~Q(state=CharityState.PUBLISHED) | Q(reviewed_by__isnull=False, published_at__isnull=False),
                name="published_charity_was_reviewed",
            ),
        ]


class Membership(models.Model):
    """Somebody's role in a charity."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    charity = models.ForeignKey(Charity, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.TextField(default="editor")

    class Meta:
        db_table = "organizations_membership"
        constraints = [
            models.UniqueConstraint(fields=["charity", "user"], name="one_membership_per_charity_and_user"),
            models.CheckConstraint(condition=Q(role__in=["owner", "editor"]), name="membership_has_a_known_role"),
        ]
