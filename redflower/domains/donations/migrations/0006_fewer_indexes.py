from django.db import migrations


class Migration(migrations.Migration):
    # The ledger lists what a project was given; a second list of the same cost every gift one more page.
    dependencies = [("donations", "0005_refunds")]
    operations = [migrations.RemoveIndex(model_name="gift", name="gift_by_project")]
