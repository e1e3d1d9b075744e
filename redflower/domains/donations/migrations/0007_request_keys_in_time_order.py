from django.db import migrations

# Keys keep their hash and begin with the time of who asked, so a request that was made before this migration and is
# repeated after it still finds its order. Without a gift there is nobody whose request could be repeated.
REKEY = """
ALTER TABLE payments_order DISABLE TRIGGER USER;
UPDATE payments_order o SET request_key = (left(g.donor_id::text, 13) || right(o.request_key::text, 23))::uuid
FROM donations_gift g WHERE g.id = o.id;
ALTER TABLE payments_order ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("donations", "0006_fewer_indexes"), ("payments", "0005_refunds")]
    operations = [migrations.RunSQL(REKEY)]
