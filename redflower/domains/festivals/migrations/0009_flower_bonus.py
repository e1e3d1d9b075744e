import django.db.models.deletion
from django.db import migrations, models

from redflower.plumbing.append_only import append_only


def _key(to: str) -> models.ForeignKey:
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to)


class Migration(migrations.Migration):
    dependencies = [("festivals", "0008_beacons")]
    operations = [
        migrations.CreateModel(
            name="BonusGift",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("project_id", models.UUIDField()),
                ("donor_id", models.UUIDField()),
                ("flowers", models.IntegerField()),
                ("counts_from", models.DateField()),
                ("given_at", models.DateTimeField()),
                ("festival", _key("festivals.festival")),
            ],
            options={"db_table": "festivals_bonus_gift"},
        ),
        migrations.CreateModel(
            name="BonusDay",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("flowers", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("counted_at", models.DateTimeField()),
                ("pool", _key("festivals.pool")),
            ],
            options={"db_table": "festivals_bonus_day"},
        ),
        migrations.AddConstraint(
            "bonusgift",
            models.CheckConstraint(condition=models.Q(flowers__gt=0), name="bonus_gift_is_positive"),
        ),
        migrations.AddIndex(
            "bonusgift", models.Index(fields=["festival", "project_id"], name="bonus_gift_by_project")
        ),
        migrations.AddIndex("bonusgift", models.Index(fields=["donor_id", "festival"], name="bonus_gift_by_donor")),
        migrations.AddConstraint(
            "bonusday", models.UniqueConstraint(fields=["pool", "day"], name="bonus_is_counted_once_a_day")
        ),
        append_only("festivals_bonus_gift"),
        append_only("festivals_bonus_day"),
    ]
