from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("festivals", "0006_fewer_indexes")]
    operations = [migrations.AddField("pool", "reveal_by", models.DateTimeField(null=True))]
