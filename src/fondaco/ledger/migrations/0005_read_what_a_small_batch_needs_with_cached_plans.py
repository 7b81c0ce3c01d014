"""Functions for reading: planning these statements anew for each small batch costs more than running them."""

from django.db import migrations

LOCK = """
CREATE FUNCTION ledger_lock(ids bigint[]) RETURNS TABLE (
    id bigint, asset_id smallint, floor numeric, version bigint, revision integer, debits_posted numeric,
    credits_posted numeric, debits_pending numeric, credits_pending numeric, debit_normal boolean,
    frozen boolean, closed boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT account.id, account.asset_id, account.floor, account.version, account.revision,
        account.debits_posted, account.credits_posted, account.debits_pending, account.credits_pending,
        account.kind IN ('asset', 'expense'), account.frozen, account.closed
    FROM ledger_account AS account WHERE account.id = ANY(ids)
    ORDER BY account.id FOR NO KEY UPDATE;
END $$;
"""

IS_KNOWN = """
CREATE FUNCTION ledger_is_any_known(ids uuid[], least_id uuid, greatest_id uuid) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ledger_transfer WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_transfer WHERE id = ANY(ids) AND id BETWEEN least_id AND greatest_id)
        OR EXISTS (SELECT FROM ledger_rejection WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_rejection WHERE id = ANY(ids));
END $$;
"""

EXPECT_NEW = """
CREATE OR REPLACE FUNCTION ledger_expect_new(ids uuid[], least_id uuid, greatest_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF ledger_is_any_known(ids, least_id, greatest_id) THEN
        RAISE EXCEPTION 'an id of the batch is known' USING ERRCODE = 'unique_violation';
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """Add the functions."""

    dependencies = [("ledger", "0004_write_a_small_batch_with_one_round_trip")]

    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in (LOCK, IS_KNOWN, EXPECT_NEW)
    ]
