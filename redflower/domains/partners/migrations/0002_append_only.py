from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [append_only("partners_message"), append_only("partners_try")]
