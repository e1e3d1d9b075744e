import django.db.models.deletion
from django.db import migrations, models

# A ticket is known by its gift and festival: a number of its own was one more index for every gift.
REKEY = """
ALTER TABLE festivals_withdrawal DISABLE TRIGGER USER;
ALTER TABLE festivals_withdrawal ADD COLUMN gift_id uuid, ADD COLUMN festival_id uuid;
UPDATE festivals_withdrawal w SET gift_id = t.gift_id, festival_id = t.festival_id
FROM festivals_ticket t WHERE t.id = w.ticket_id;
ALTER TABLE festivals_withdrawal DROP COLUMN ticket_id;
ALTER TABLE festivals_withdrawal ADD PRIMARY KEY (gift_id, festival_id);
ALTER TABLE festivals_withdrawal ENABLE TRIGGER USER;
ALTER TABLE festivals_ticket DROP COLUMN id;
ALTER TABLE festivals_ticket DROP CONSTRAINT gift_has_one_ticket_per_festival;
ALTER TABLE festivals_ticket ADD CONSTRAINT gift_has_one_ticket_per_festival PRIMARY KEY (gift_id, festival_id);
ALTER TABLE festivals_withdrawal ADD CONSTRAINT withdrawal_is_of_a_ticket
FOREIGN KEY (gift_id, festival_id) REFERENCES festivals_ticket (gift_id, festival_id);
"""


def _key() -> models.CompositePrimaryKey:
    return models.CompositePrimaryKey("gift_id", "festival_id", blank=True, editable=False, primary_key=True, serialize=False)


def _named(model: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=model
    )


class Migration(migrations.Migration):
    dependencies = [("festivals", "0009_flower_bonus"), ("donations", "0006_fewer_indexes")]
    operations = [
        migrations.RunSQL(
            REKEY,
            state_operations=[
                migrations.DeleteModel("Withdrawal"),
                migrations.RemoveConstraint("ticket", "gift_has_one_ticket_per_festival"),
                migrations.RemoveField("ticket", "id"),
                migrations.AddField("ticket", "pk", _key()),
                migrations.CreateModel(
                    name="Withdrawal",
                    fields=[
                        ("pk", _key()),
                        ("gift", _named("donations.gift")),
                        ("festival", _named("festivals.festival")),
                        ("withdrawn_at", models.DateTimeField()),
                    ],
                    options={"db_table": "festivals_withdrawal"},
                ),
            ],
        )
    ]
