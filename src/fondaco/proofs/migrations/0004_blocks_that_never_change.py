"""Let the database itself refuse to alter or remove blocks, whoever asks."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from fondaco.kit.django.tenancy.roles import application_role

TABLES = ("proofs_block", "proofs_block_part", "proofs_kept_leaves")

# Keys and marks are random bytes: trying to compress them only costs time.
RULES = """
ALTER TABLE proofs_block_part ALTER COLUMN keys SET STORAGE EXTERNAL, ALTER COLUMN marks SET STORAGE EXTERNAL;
ALTER TABLE proofs_kept_leaves ALTER COLUMN hashes SET STORAGE EXTERNAL;
"""
REFUSE = """
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION proofs_refuse_change();
"""


def make_rules(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make them in the schema that is being migrated."""
    role = application_role()
    editor.execute(RULES)
    for table in TABLES:
        editor.execute(REFUSE.format(table=table))
        if role != editor.connection.settings_dict["USER"]:
            editor.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM "{role}"')


class Migration(migrations.Migration):
    """Add the triggers and narrow the rights."""

    dependencies = [("proofs", "0003_blocks_and_runs")]
    operations = [migrations.RunPython(make_rules, migrations.RunPython.noop)]
