from django.db import migrations

# What campaigns counted before: held deeds from the start, and reversed ones for ever.
_COUNT = """
UPDATE scenes_campaign c SET deeds = n.deeds, flowers = n.flowers FROM (
    SELECT c.id, count(d.id) AS deeds, coalesce(sum(d.flowers + coalesce(r.flowers, 0)), 0) AS flowers
    FROM scenes_campaign c
    LEFT JOIN (scenes_deed d LEFT JOIN scenes_ruling r ON r.deed_id = d.id AND r.kind = 'released')
        ON d.campaign_id = c.id AND (d.status < 3 OR r.id IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM scenes_ruling v WHERE v.deed_id = d.id AND v.kind = 'reversed')
    GROUP BY c.id) n
WHERE n.id = c.id AND (c.deeds, c.flowers) IS DISTINCT FROM (n.deeds, n.flowers)
"""


class Migration(migrations.Migration):
    dependencies = [("scenes", "0004_link_statements")]
    operations = [migrations.RunSQL(_COUNT, migrations.RunSQL.noop)]
