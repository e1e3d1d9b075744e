from django.db import migrations, models
from django.db.models import Q

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("donations", "0002_initial")]
    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("form", models.TextField()),
                ("subject_id", models.UUIDField()),
                ("year", models.SmallIntegerField(null=True)),
                ("sha256", models.CharField(max_length=64)),
                ("language", models.TextField()),
                ("is_original", models.BooleanField()),
                ("issued_at", models.DateTimeField()),
            ],
            options={
                "db_table": "donations_receipt",
                "indexes": [models.Index(fields=["subject_id"], name="receipt_by_subject")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["subject_id", "sha256"], condition=Q(is_original=True), name="receipt_has_one_original"
                    ),
                    models.CheckConstraint(condition=Q(form__in=["gift", "year"]), name="receipt_has_a_known_form"),
                    models.CheckConstraint(
                        condition=Q(form="year") ^ Q(year__isnull=True), name="receipt_of_a_year_names_it"
                    ),
                ],
            },
        ),
        append_only("donations_receipt"),
    ]
