from django.db import migrations, models

_SKIPS_SINCE = 180_000  # the first PostgreSQL that finds a person's days by the index of days


class _Replaced(migrations.RemoveIndex):
    """Takes an index away where another one stands in for it, and keeps it beside the new one on older servers."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.pg_version >= _SKIPS_SINCE:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.pg_version >= _SKIPS_SINCE:
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("scenes", "0005_count_what_stands")]
    operations = [
        migrations.AddIndex("deed", models.Index(fields=["done_on", "donor_id"], name="deed_by_day_and_donor")),
        _Replaced("deed", "deed_by_donor_and_day"),
    ]
