from django.db import migrations


class Migration(migrations.Migration):
    # The facts of a long list are mostly ids, which hardly shrink; compressing them took longer than writing them.
    dependencies = [("plumbing", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE plumbing_event ALTER COLUMN facts SET STORAGE EXTERNAL",
            "ALTER TABLE plumbing_event ALTER COLUMN facts SET STORAGE EXTENDED",
        )
    ]
