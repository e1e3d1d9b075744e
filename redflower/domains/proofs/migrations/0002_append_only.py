from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("proofs", "0001_initial")]
    operations = [append_only("proofs_entry"), append_only("proofs_mention"), append_only("proofs_checkpoint")]
