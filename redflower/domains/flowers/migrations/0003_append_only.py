from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("flowers", "0002_initial")]
    operations = [
        append_only("flowers_earning"),
    ]
