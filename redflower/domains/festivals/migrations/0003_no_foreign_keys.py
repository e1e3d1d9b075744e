import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("festivals", "0002_append_only")]
    operations = [
        migrations.AlterField(
            model_name="ticket",
            name="festival",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="festivals.festival"),
        ),
        migrations.AlterField(
            model_name="award",
            name="pool",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="festivals.pool"),
        ),
    ]
