"""Functions that check as they write, so that nobody has to wait for an answer between two statements."""

from django.db import migrations

# Whoever calls with ids that are known gets a unique violation, and looks them up. Ids are ordered by time, so one
# look between the least and the greatest tells for most batches that all are new.
EXPECT_NEW = """
CREATE FUNCTION ledger_expect_new(ids uuid[], least_id uuid, greatest_id uuid) RETURNS void
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_transfer WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_transfer WHERE id = ANY(ids) AND id BETWEEN least_id AND greatest_id)
    OR EXISTS (SELECT FROM ledger_rejection WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_rejection WHERE id = ANY(ids))
    THEN
        RAISE EXCEPTION 'an id of the batch is known' USING ERRCODE = 'unique_violation';
    END IF;
END $$;
"""

# What was only read, to refuse a transfer, must still be what it was.
EXPECT_UNMOVED = """
CREATE FUNCTION ledger_expect_unmoved(ids bigint[], versions bigint[], revisions integer[]) RETURNS void
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF EXISTS (
        SELECT FROM unnest(ids, versions, revisions) AS given (id, version, revision)
        LEFT JOIN ledger_account AS account USING (id)
        WHERE account.version IS DISTINCT FROM given.version OR account.revision <> given.revision
    ) THEN
        RAISE EXCEPTION 'an account has moved on' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
"""

# As before, but it raises by itself.
SETTLE = """
DROP FUNCTION ledger_settle;
CREATE FUNCTION ledger_settle(
    ids bigint[], befores bigint[], revisions integer[], afters bigint[],
    debits numeric[], credits numeric[], pending_debits numeric[], pending_credits numeric[]
) RETURNS void LANGUAGE plpgsql
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
    WHERE account.id = given.id AND account.version = given.before
      AND account.revision = coalesce(given.revision, 0);
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(ids) THEN
        RAISE EXCEPTION 'an account has moved on' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
"""

# For batches too small for COPY, which takes round trips of its own. An array that is null means nothing at all.
ADD_TRANSFERS = """
CREATE FUNCTION ledger_add_transfers(
    at timestamptz, ids uuid[], debits bigint[], credits bigint[], debit_versions bigint[],
    credit_versions bigint[], amounts numeric[], debit_balances numeric[], credit_balances numeric[],
    kinds text[], steps text[], actors text[], reference_ids uuid[], group_ids uuid[], hold_ids uuid[],
    expiries timestamptz[], debits_held numeric[], credits_held numeric[], memos text[], metadatas text[]
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO ledger_transfer (
        at, id, debit, credit, debit_version, credit_version, amount, debit_balance, credit_balance,
        kind, step, actor, reference, group_id, hold_id, expires_at, debit_held, credit_held, memo, metadata
    )
    SELECT ledger_add_transfers.at, id, debit, credit, debit_version, credit_version, amount, debit_balance,
        credit_balance, kind, step, actor, reference, group_id, hold_id, expires_at, debit_held,
        credit_held, memo, metadata::jsonb
    FROM unnest(
        ids, debits, credits, debit_versions, credit_versions, amounts, debit_balances, credit_balances,
        kinds, steps, actors, reference_ids, group_ids, hold_ids, expiries, debits_held, credits_held, memos,
        metadatas
    ) AS given (
        id, debit, credit, debit_version, credit_version, amount, debit_balance, credit_balance,
        kind, step, actor, reference, group_id, hold_id, expires_at, debit_held, credit_held, memo, metadata
    );
END $$;
"""


class Migration(migrations.Migration):
    """Add the functions."""

    dependencies = [("ledger", "0003_write_balances_only_from_the_versions_that_were_read")]

    operations = [
        migrations.RunSQL(statements, migrations.RunSQL.noop)
        for statements in (EXPECT_NEW, EXPECT_UNMOVED, SETTLE, ADD_TRANSFERS)
    ]
