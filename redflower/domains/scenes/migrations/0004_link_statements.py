from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scenes", "0003_last_request")]
    operations = [
        migrations.AddField("link", "statement_id", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "link", models.UniqueConstraint(fields=["statement_id"], name="link_statement_counts_once")
        ),
    ]
