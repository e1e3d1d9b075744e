"""Projects, their plan and their budget."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from redflower.domains.projects.types import Cause, ProjectState
from redflower.kernel.ids import new_id


class Project(models.Model):
    """A fundraising project."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True, max_length=60)
    charity = models.ForeignKey("organizations.Charity", on_delete=models.PROTECT, related_name="+")
    filing_no = models.TextField()
    title_zh = models.TextField()
    title_en = models.TextField()
    summary_zh = models.TextField()
    summary_en = models.TextField()
    story_zh = models.TextField()
    story_en = models.TextField()
    cause = models.TextField()
    region = models.CharField(max_length=6)
    goal_minor = models.BigIntegerField()
    unit_minor = models.BigIntegerField(default=0)  # what one unit of help costs; 0 when the project names none
    unit_zh = models.TextField(blank=True, default="")
    unit_en = models.TextField(blank=True, default="")
    achieved_zh = models.TextField(blank=True, default="")
    achieved_en = models.TextField(blank=True, default="")
    motif = models.TextField(default="mountain")
    palette = models.TextField(default="wheat")
    picture_seed = models.IntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.TextField(default=ProjectState.DRAFT)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    review_note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    words = SearchVectorField(null=True)

    class Meta:
        db_table = "projects_project"
        constraints = [
            models.CheckConstraint(condition=Q(goal_minor__gt=0), name="project_goal_is_positive"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="project_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(cause__in=list(Cause)), name="project_has_a_known_cause"),
            models.CheckConstraint(condition=Q(state__in=list(ProjectState)), name="project_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(submitted_by=None) | ~Q(reviewed_by=F("submitted_by")),
                name="project_reviewer_is_not_its_submitter",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProjectState.PUBLISHED) | Q(reviewed_by__isnull=False, published_at__isnull=False),
                name="published_project_was_reviewed",
            ),
        ]
        indexes = [
            GinIndex(fields=["words"], name="project_words"),
            models.Index(fields=["charity"], name="project_by_charity"),
        ]


class BudgetLine(models.Model):
    """One line of a project's budget."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField()
    label_zh = models.TextField()
    label_en = models.TextField()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "projects_budget_line"
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="budget_line_has_its_own_place"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="budget_line_is_positive"),
        ]


class PlanStep(models.Model):
    """One step of a project's plan."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField()
    text_zh = models.TextField()
    text_en = models.TextField()
    due_at = models.DateTimeField()

    class Meta:
        db_table = "projects_plan_step"
        constraints = [models.UniqueConstraint(fields=["project", "position"], name="plan_step_has_its_own_place")]
