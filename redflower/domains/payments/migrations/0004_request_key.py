from django.db import migrations, models

# Orders written before get a key of the same two texts by another hash: a request that was made before this migration
# and is repeated after it is taken for a new one.
FILL = """
ALTER TABLE payments_order DISABLE TRIGGER USER;
ALTER TABLE payments_order ADD COLUMN request_key uuid;
ALTER TABLE payments_order ALTER COLUMN request_hash TYPE bytea USING decode(md5(request_hash), 'hex');
UPDATE payments_order SET request_key = md5(actor || chr(10) || idempotency_key)::uuid;
ALTER TABLE payments_order ALTER COLUMN request_key SET NOT NULL;
ALTER TABLE payments_order DROP CONSTRAINT order_is_unique_by_actor_and_key;
ALTER TABLE payments_order DROP COLUMN actor, DROP COLUMN idempotency_key;
ALTER TABLE payments_order ADD CONSTRAINT order_is_unique_by_actor_and_key UNIQUE (request_key);
ALTER TABLE payments_order ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_append_only")]
    operations = [
        migrations.RunSQL(
            FILL,
            state_operations=[
                migrations.RemoveConstraint(model_name="order", name="order_is_unique_by_actor_and_key"),
                migrations.RemoveField(model_name="order", name="actor"),
                migrations.RemoveField(model_name="order", name="idempotency_key"),
                migrations.AddField(model_name="order", name="request_key", field=models.UUIDField()),
                migrations.AlterField(model_name="order", name="request_hash", field=models.BinaryField()),
                migrations.AddConstraint(
                    model_name="order",
                    constraint=models.UniqueConstraint(
                        fields=("request_key",), name="order_is_unique_by_actor_and_key"
                    ),
                ),
            ],
        ),
    ]
