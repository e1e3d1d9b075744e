"""Reports and questions."""

from django.db import models
from django.db.models import Q

from redflower.kernel.ids import new_id


class Report(models.Model):
    """A published progress, finance or final report of a project."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    title_zh = models.TextField()
    title_en = models.TextField()
    body_zh = models.TextField()
    body_en = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        db_table = "disclosures_report"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["progress", "finance", "final"]), name="report_has_a_known_kind"
            )
        ]


class Question(models.Model):
    """A donor's question in public, and the charity's answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+")
    asked_zh = models.TextField()
    asked_en = models.TextField()
    asked_at = models.DateTimeField()
    answer_zh = models.TextField(blank=True, default="")
    answer_en = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "disclosures_question"
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer_zh="") | (Q(answered_at__isnull=False) & ~Q(answer_zh="")),
                name="answered_question_has_an_answer",
            )
        ]


class Asking(models.Model):
    """What a visitor wants to ask; an operator decides once whether it becomes a question, with the same id."""

    id = models.UUIDField(primary_key=True, editable=False)
    project = models.ForeignKey("projects.Project", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    language = models.TextField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    is_published = models.BooleanField(null=True)

    class Meta:
        db_table = "disclosures_asking"
        indexes = [models.Index(fields=["asked_at"], name="asking_waits", condition=Q(decided_at=None))]
        constraints = [
            models.CheckConstraint(condition=Q(language__in=["zh", "en"]), name="asking_has_a_known_language"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, is_published__isnull=True)
                | Q(decided_at__isnull=False, is_published__isnull=False),
                name="decided_asking_has_a_verdict",
            ),
        ]
