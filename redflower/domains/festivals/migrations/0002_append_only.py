from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("festivals", "0001_initial")]
    operations = [
        append_only("festivals_rule_set"),
        append_only("festivals_ticket"),
        append_only("festivals_slice"),
        append_only("festivals_award"),
    ]
