import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flowers", "0004_burning"), ("people", "0001_initial")]
    operations = [
        migrations.RemoveConstraint(model_name="earning", name="deed_earns_once_a_day"),
        migrations.RemoveIndex(model_name="earning", name="earning_by_donor"),
        migrations.AlterField(
            model_name="earning",
            name="donor",
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.donor"),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.UniqueConstraint(fields=("donor", "earned_on", "deed"), name="deed_earns_once_a_day"),
        ),
    ]
