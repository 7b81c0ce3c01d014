"""Let the database itself refuse to alter or remove published roots and recorded statements."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from fondaco.kit.django.tenancy.roles import application_role

_TABLES = ("proofs_liability_root", "proofs_holding")
_REFUSE = """
    CREATE FUNCTION proofs_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what is published or recorded is never altered or removed'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$;
""" + "".join(
    f"""
    CREATE TRIGGER {table}_is_never_altered BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION proofs_refuse_change();
    """
    for table in _TABLES
)
_ALLOW = (
    "".join(f"DROP TRIGGER {table}_is_never_altered ON {table};" for table in _TABLES)
    + "DROP FUNCTION proofs_refuse_change();"
)


def leave_only_insert_and_select(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take from the application's role what it does not need."""
    del apps
    role = application_role()
    if role != editor.connection.settings_dict["USER"]:
        for table in _TABLES:
            editor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM "{role}"')


class Migration(migrations.Migration):
    """Add the triggers and narrow the rights."""

    dependencies = (("proofs", "0001_liabilities_and_holdings"),)
    operations = (
        migrations.RunSQL(_REFUSE, _ALLOW),
        migrations.RunPython(leave_only_insert_and_select, migrations.RunPython.noop),
    )
