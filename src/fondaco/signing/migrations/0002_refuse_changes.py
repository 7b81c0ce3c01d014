"""Let the database itself refuse to alter or remove signatures and versions of policies."""

from django.db import migrations

_TABLES = ("signing_signature", "signing_policy", "signing_requeststep")

_REFUSE = """
    CREATE FUNCTION signing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what was signed is never altered or removed' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
""" + "".join(
    f"""
    CREATE TRIGGER {table}_is_never_altered BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION signing_refuse_change();
    """
    for table in _TABLES
)
_ALLOW = (
    "".join(f"DROP TRIGGER {table}_is_never_altered ON {table};" for table in _TABLES)
    + "DROP FUNCTION signing_refuse_change();"
)


class Migration(migrations.Migration):
    """Add the triggers."""

    dependencies = (("signing", "0001_requests_signatures_and_policies"),)
    operations = (migrations.RunSQL(_REFUSE, _ALLOW),)
