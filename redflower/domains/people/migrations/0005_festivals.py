from django.db import migrations, models

_KINDS = ["charity", "project", "report", "answer", "call", "festival"]


class Migration(migrations.Migration):
    dependencies = [("people", "0004_calls")]
    operations = [
        migrations.RemoveConstraint("change", "change_has_a_known_kind"),
        migrations.AddConstraint(
            "change",
            models.CheckConstraint(condition=models.Q(("kind__in", _KINDS)), name="change_has_a_known_kind"),
        ),
    ]
