"""Partitions, privileges and triggers: what holds even when the application is wrong."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from fondaco.kit.django.tenancy.roles import application_role

REFUSE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed: correct them by new ones', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_rejection
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""

# A trigger on the partitioned table sees no TRUNCATE of one partition, so each gets its own. The caller names
# no table and no bound: the function can make partitions and nothing else.
MAKE_PARTITION = """
CREATE FUNCTION ledger_make_partition(day date, unit text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
    starts_at timestamp := date_trunc(unit, day::timestamp);
    ends_at timestamp := starts_at + ('1 ' || unit)::interval;
    partition text := 'ledger_transfer_' || to_char(starts_at, CASE unit WHEN 'day' THEN 'YYYYMMDD' ELSE 'YYYYMM' END);
    first_id uuid := (lpad(to_hex((extract(epoch FROM starts_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
    end_id uuid := (lpad(to_hex((extract(epoch FROM ends_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
BEGIN
    IF unit NOT IN ('month', 'day') THEN
        RAISE EXCEPTION 'a partition spans a month or a day';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ledger_make_partition'));
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE ledger_transfer INCLUDING CONSTRAINTS)', partition);
    BEGIN
        EXECUTE format('ALTER TABLE ledger_transfer ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       partition, first_id, end_id);
    EXCEPTION WHEN invalid_object_definition THEN
        EXECUTE format('DROP TABLE %I', partition);
        RETURN NULL;
    END;
    EXECUTE format('CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', partition);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM {role}', partition);
    RETURN partition;
END $$;
REVOKE ALL ON FUNCTION ledger_make_partition(date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_make_partition(date, text) TO {role};
"""

STORAGE = """
ALTER TABLE ledger_account SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE ledger_usage SET (fillfactor = 50);
ALTER TABLE ledger_hold SET (fillfactor = 80);
"""

PRIVILEGES = """
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_transfer, ledger_rejection FROM {role};
REVOKE DELETE, TRUNCATE ON ledger_account, ledger_asset, ledger_hold FROM {role};
"""

FIRST_PARTITIONS = """
SELECT ledger_make_partition((current_date + make_interval(months => month))::date, 'month')
FROM generate_series(-1, 3) AS month
"""


def make_rules(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Make them in the schema that is being migrated, for the role that the application runs as."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        role = editor.quote_name(application_role())
        for statements in (STORAGE, REFUSE, MAKE_PARTITION, PRIVILEGES):
            cursor.execute(
                statements.replace("{schema}", schema).replace("{role}", role)
            )
        cursor.execute(FIRST_PARTITIONS)


class Migration(migrations.Migration):
    """Add what Django cannot declare."""

    dependencies = [("ledger", "0001_accounts_transfers_and_what_goes_with_them")]

    operations = [
        migrations.RunPython(make_rules, migrations.RunPython.noop, elidable=False)
    ]
