"""Users and donors."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from redflower.domains.people.types import ChangeKind
from redflower.kernel.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail; people sign in with a one-time code or a passkey, so a password is optional."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)  # may enter the back office
    created_at = models.DateTimeField()

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        db_table = "people_user"

    @property
    def is_staff(self) -> bool:
        return self.is_operator


class Donor(models.Model):
    """Somebody who gives. A guest is a donor without a user; signing in later claims it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    shown_name = models.TextField(blank=True, default="")
    region = models.CharField(max_length=6, blank=True, default="")  # province code, when the donor tells it
    created_at = models.DateTimeField()

    class Meta:
        db_table = "people_donor"
        # Nearly every donor is a guest: an index of nothing costs as much as one of something.
        indexes = [models.Index(fields=["user"], condition=models.Q(user__isnull=False), name="donor_by_user")]


class Site(models.Model):
    """The instance's own name and languages; one row, written by the operator."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name_zh = models.TextField()
    name_en = models.TextField()
    languages = models.JSONField(default=list)  # language codes offered, the first is the default
    is_open = models.BooleanField(default=False)  # the set-up guide is finished

    class Meta:
        db_table = "people_site"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_site")]


class AuditRow(models.Model):
    """A privileged act, written in the transaction of the act; insert-only."""

    id = models.BigAutoField(primary_key=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    act = models.TextField()
    subject_id = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "people_audit_row"


class Change(models.Model):
    """A proposal to change something the public already reads: what it says, what it is to say, and why; insert-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.TextField()
    subject_id = models.UUIDField()  # what is changed
    page_id = models.UUIDField()  # the charity, project or call on whose page people read it
    was = models.JSONField(default=dict)
    becomes = models.JSONField(default=dict)
    reason_zh = models.TextField()
    reason_en = models.TextField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        db_table = "people_change"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=list(ChangeKind)), name="change_has_a_known_kind"),
            models.CheckConstraint(
                condition=models.Q(was={}) | (~models.Q(reason_zh="") & ~models.Q(reason_en="")),
                name="correction_tells_the_public_why",
            ),
        ]
        indexes = [models.Index(fields=["page_id"], name="change_by_page")]


class ChangeDecision(models.Model):
    """What became of a proposed change: published by a second person, or not; one for each, insert-only."""

    change = models.OneToOneField(Change, primary_key=True, on_delete=models.PROTECT, related_name="+")
    is_published = models.BooleanField()
    note = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "people_change_decision"
