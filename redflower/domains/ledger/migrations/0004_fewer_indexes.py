from django.db import migrations, models

BUSY = ("gift", "award", "flower", "deed_flower")
BUSY_FLOWERS = ("flower", "deed_flower")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_partial_uniques")]
    operations = [
        migrations.RemoveIndex(model_name="transfer", name="transfer_by_credit"),
        migrations.RemoveIndex(model_name="transfer", name="transfer_by_debit"),
        migrations.RemoveIndex(model_name="transfer", name="transfer_by_subject"),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("kind__in", BUSY_FLOWERS), _negated=True), fields=["credit_id", "-id"], name="transfer_by_credit"
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("kind__in", BUSY), _negated=True), fields=["debit_id", "-id"], name="transfer_by_debit"
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("kind__in", BUSY), _negated=True), fields=["subject_id"], name="transfer_by_subject"
            ),
        ),
    ]
