"""The function that writes balances: all of them, or none when one account has moved on."""

from django.db import migrations

# Rows are locked in the order of the array, which callers sort by id: joins that would visit them in another
# order are switched off within the function, so that two batches cannot wait for each other.
SETTLE = """
CREATE FUNCTION ledger_settle(
    ids bigint[], befores bigint[], revisions integer[], afters bigint[],
    debits numeric[], credits numeric[], pending_debits numeric[], pending_credits numeric[]
) RETURNS bigint LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    written bigint;
BEGIN
    UPDATE ledger_account AS account SET
        version = given.after,
        debits_posted = given.debit,
        credits_posted = given.credit,
        debits_pending = coalesce(given.pending_debit, debits_pending),
        credits_pending = coalesce(given.pending_credit, credits_pending)
    FROM unnest(ids, befores, revisions, afters, debits, credits, pending_debits, pending_credits)
        AS given (id, before, revision, after, debit, credit, pending_debit, pending_credit)
    WHERE account.id = given.id AND account.version = given.before AND account.revision = given.revision;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END $$;
"""


class Migration(migrations.Migration):
    """Add the function."""

    dependencies = [("ledger", "0002_rules_that_the_database_keeps")]

    operations = [migrations.RunSQL(SETTLE, "DROP FUNCTION ledger_settle")]
