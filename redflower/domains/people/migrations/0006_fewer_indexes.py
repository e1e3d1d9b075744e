import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    # Nearly every donor is a guest, whom nobody looks up by their user.
    dependencies = [("people", "0005_festivals")]
    operations = [
        migrations.AlterField(
            model_name="donor",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="donor",
            index=models.Index(condition=models.Q(("user__isnull", False)), fields=["user"], name="donor_by_user"),
        ),
    ]
