from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("scenes", "0001_initial")]
    operations = [
        append_only("scenes_rule_set"),
        append_only("scenes_request"),
        append_only("scenes_deed"),
        append_only("scenes_device"),
        append_only("scenes_ruling"),
        append_only("scenes_placement"),
        append_only("scenes_team_member"),
        append_only("scenes_grant"),
    ]
