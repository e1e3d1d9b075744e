from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("festivals", "0003_no_foreign_keys")]
    operations = [
        migrations.AddField("festival", "sealed_through", models.IntegerField(default=-1)),
        migrations.RunSQL("UPDATE festivals_festival SET sealed_through = drawn_through", migrations.RunSQL.noop),
        migrations.AddConstraint(
            "festival",
            models.CheckConstraint(
                condition=models.Q(drawn_through__lte=F("sealed_through")), name="festival_draws_only_what_is_sealed"
            ),
        ),
    ]
