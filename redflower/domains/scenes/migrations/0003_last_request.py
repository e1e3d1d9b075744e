from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scenes", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="campaign",
            name="last_request_id",
            field=models.UUIDField(null=True),
        ),
    ]
