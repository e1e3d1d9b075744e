import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("donations", "0003_receipt"), ("people", "0001_initial"), ("projects", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="gift",
            name="donor",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.donor"),
        ),
        migrations.AlterField(
            model_name="gift",
            name="project",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"),
        ),
    ]
