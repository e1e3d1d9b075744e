from django.db import migrations, models

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("festivals", "0007_reveal_by")]
    operations = [
        migrations.AddField("pool", "beacon", models.JSONField(null=True)),
        migrations.AddField("slice", "beacon_round", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="BeaconRound",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("chain_hash", models.CharField(max_length=64)),
                ("round_no", models.BigIntegerField()),
                ("signature", models.BinaryField()),
                ("fetched_at", models.DateTimeField()),
            ],
            options={"db_table": "festivals_beacon_round"},
        ),
        migrations.AddConstraint(
            "beaconround",
            models.UniqueConstraint(fields=["chain_hash", "round_no"], name="beacon_round_is_kept_once"),
        ),
        append_only("festivals_beacon_round"),
    ]
