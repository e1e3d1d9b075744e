"""Tables whose past cannot be changed: a trigger refuses it to everyone, a role to the application.

The trigger stops accidents by any client; the role stops the application even if somebody drops the trigger.
"""

from typing import Any

from django.db import migrations

APP_ROLE = "redflower_app"

_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: write a correction as a new row', TG_TABLE_NAME USING ERRCODE = 'RF001';
END $$;
"""


def append_only(table: str) -> migrations.RunSQL:
    """A migration step that makes a table insert-only."""
    return migrations.RunSQL(
        f"{_REFUSE} CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f"DROP TRIGGER append_only ON {table}",
    )


def secure_tables(cursor: Any) -> bool:
    """Creates the application's role where we may, and grants it everything but changing the past.

    Returns False when this database user may not create roles; the triggers then stand alone.
    """
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
    if cursor.fetchone() is None:
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
    cursor.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [APP_ROLE])
    if not cursor.fetchone()[0]:
        cursor.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE}")
    cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
    cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")
    for (table,) in cursor.fetchall():
        cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}")
    return True
