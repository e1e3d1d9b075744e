from django.db import migrations, models
from django.db.models import F, Q

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("flowers", "0003_append_only")]
    operations = [
        migrations.CreateModel(
            name="Burning",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("donor_id", models.UUIDField()),
                ("asked", models.IntegerField()),
                ("burned", models.IntegerField()),
                ("burned_at", models.DateTimeField()),
            ],
            options={
                "db_table": "flowers_burning",
                "indexes": [models.Index(fields=["donor_id"], name="burning_by_donor")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(asked__gt=0, burned__gte=0, burned__lte=F("asked")),
                        name="burns_no_more_than_earned",
                    )
                ],
            },
        ),
        append_only("flowers_burning"),
    ]
