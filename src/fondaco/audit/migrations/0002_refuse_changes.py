"""Let the database itself refuse to alter or remove what the audit trail says."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from fondaco.kit.django.tenancy.roles import application_role

_REFUSE = """
    CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'audit entries are never altered or removed' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER audit_entry_is_never_altered BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
    CREATE TRIGGER audit_entry_is_never_emptied BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""
_ALLOW = """
    DROP TRIGGER audit_entry_is_never_emptied ON audit_entry;
    DROP TRIGGER audit_entry_is_never_altered ON audit_entry;
    DROP FUNCTION audit_refuse_change();
"""


def leave_only_insert_and_select(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take from the application's role what it does not need."""
    del apps
    role = application_role()
    if role != editor.connection.settings_dict["USER"]:
        editor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM "{role}"')


class Migration(migrations.Migration):
    """Add the triggers and narrow the rights."""

    dependencies = (("audit", "0001_entries"),)
    operations = (
        migrations.RunSQL(_REFUSE, _ALLOW),
        migrations.RunPython(leave_only_insert_and_select, migrations.RunPython.noop),
    )
