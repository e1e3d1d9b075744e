import django.db.models.deletion
from django.db import migrations, models


def _gift() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="donations.gift",
    )


class Migration(migrations.Migration):
    # The unique keys of both tables begin with the gift already.
    dependencies = [("festivals", "0005_withdrawal"), ("donations", "0005_refunds")]
    operations = [
        migrations.AlterField(model_name="award", name="gift", field=_gift()),
        migrations.AlterField(model_name="ticket", name="gift", field=_gift()),
    ]
