from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_initial")]
    operations = [
        append_only("payments_order"),
        append_only("payments_capture"),
        append_only("payments_end"),
    ]
