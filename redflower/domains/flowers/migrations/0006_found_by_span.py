from django.db import migrations


class Migration(migrations.Migration):
    # An earning's id lies in the span that its gift's id opens.
    dependencies = [("flowers", "0005_fewer_indexes")]
    operations = [migrations.RemoveIndex(model_name="earning", name="earning_by_subject")]
