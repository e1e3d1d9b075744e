from django.db import migrations

from redflower.plumbing.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("plumbing", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE plumbing_event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
            "ALTER TABLE plumbing_event DROP COLUMN xid",
        ),
        migrations.RunSQL(
            "CREATE INDEX event_by_transaction ON plumbing_event (xid, id)",
            "DROP INDEX event_by_transaction",
        ),
        migrations.RunSQL(
            "ALTER TABLE plumbing_cursor ADD COLUMN xid xid8 NOT NULL DEFAULT '0'",
            "ALTER TABLE plumbing_cursor DROP COLUMN xid",
        ),
        append_only("plumbing_event"),
    ]
