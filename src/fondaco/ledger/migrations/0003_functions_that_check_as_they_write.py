"""The functions that batches are written with: plans are cached, and nobody waits between two statements.

Whoever calls with ids that are known gets a unique violation, and whoever starts from old versions a serialisation
failure; both then begin again with the rows locked.
"""

from django.db import migrations, models

LOCK = """
DROP FUNCTION IF EXISTS ledger_lock;
CREATE FUNCTION ledger_lock(ids bigint[]) RETURNS TABLE (
    id bigint, asset_id smallint, floor numeric, version bigint, revision integer, touched_us bigint,
    debits_posted numeric, credits_posted numeric, debits_pending numeric, credits_pending numeric,
    debit_normal boolean, frozen boolean, closed boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT account.id, account.asset_id, account.floor, account.version, account.revision,
        account.touched_us, account.debits_posted, account.credits_posted, account.debits_pending,
        account.credits_pending, account.kind IN ('asset', 'expense'), account.frozen, account.closed
    FROM ledger_account AS account WHERE account.id = ANY(ids)
    ORDER BY account.id FOR NO KEY UPDATE;
END $$;
"""

# Ids are ordered by time, so one look between the least and the greatest tells for most batches that all are new.
KNOWN = """
CREATE OR REPLACE FUNCTION ledger_is_any_known(ids uuid[], least_id uuid, greatest_id uuid) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (SELECT FROM ledger_transfer WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_transfer WHERE id = ANY(ids) AND id BETWEEN least_id AND greatest_id)
        OR EXISTS (SELECT FROM ledger_rejection WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_rejection WHERE id = ANY(ids));
END $$;
CREATE OR REPLACE FUNCTION ledger_expect_new(ids uuid[], least_id uuid, greatest_id uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF ledger_is_any_known(ids, least_id, greatest_id) THEN
        RAISE EXCEPTION 'an id of the batch is known' USING ERRCODE = 'unique_violation';
    END IF;
END $$;
"""

# What was only read, to refuse a transfer, must still be what it was.
EXPECT_UNMOVED = """
CREATE OR REPLACE FUNCTION ledger_expect_unmoved(ids bigint[], versions bigint[], revisions integer[])
RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
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

# Rows are locked in the order of the array, which callers sort by id: joins that would visit them in another
# order are switched off within the function, so that two batches cannot wait for each other.
SETTLE = """
DROP FUNCTION IF EXISTS ledger_settle;
CREATE FUNCTION ledger_settle(
    ids bigint[], befores bigint[], revisions integer[], afters bigint[],
    debits numeric[], credits numeric[], touches_us bigint[], pending_debits numeric[],
    pending_credits numeric[]
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
        touched_us = given.touched_us,
        debits_pending = coalesce(given.pending_debit, debits_pending),
        credits_pending = coalesce(given.pending_credit, credits_pending)
    FROM unnest(
        ids, befores, revisions, afters, debits, credits, touches_us, pending_debits, pending_credits
    ) AS given (id, before, revision, after, debit, credit, touched_us, pending_debit, pending_credit)
    WHERE account.id = given.id AND account.version = given.before
      AND account.revision = coalesce(given.revision, 0);
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(ids) THEN
        RAISE EXCEPTION 'an account has moved on' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
"""

# For batches too small for COPY, which takes round trips of its own.
ADD_TRANSFERS = """
DROP FUNCTION IF EXISTS ledger_add_transfers;
CREATE FUNCTION ledger_add_transfers(transfers ledger_transfer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_transfer SELECT * FROM unnest(transfers);
END $$;
"""

# The short form of one plain posting, all in one call. It knows when everything is in order, and nothing else: in
# any other case it gives no row, has changed nothing, and the state machine decides.
POST_ONE = """
DROP FUNCTION IF EXISTS ledger_post_one;
CREATE FUNCTION ledger_post_one(
    new_id uuid, debit_id bigint, credit_id bigint, given numeric, new_kind text, by_actor text,
    instant timestamptz, about uuid, words text, facts jsonb
) RETURNS TABLE (
    debit_after numeric, debit_kept numeric, credit_after numeric, credit_kept numeric,
    decided_at timestamptz
)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    payer ledger_account;
    payee ledger_account;
    us bigint := round(extract(epoch FROM instant) * 1000000);
BEGIN
    IF debit_id < credit_id THEN
        SELECT * INTO payer FROM ledger_account WHERE id = debit_id FOR NO KEY UPDATE;
        SELECT * INTO payee FROM ledger_account WHERE id = credit_id FOR NO KEY UPDATE;
    ELSE
        SELECT * INTO payee FROM ledger_account WHERE id = credit_id FOR NO KEY UPDATE;
        SELECT * INTO payer FROM ledger_account WHERE id = debit_id FOR NO KEY UPDATE;
    END IF;
    IF payer.id IS NULL OR payee.id IS NULL OR payer.id = payee.id OR payer.asset_id <> payee.asset_id
       OR payer.frozen OR payee.frozen OR payer.closed OR payee.closed
       OR greatest(payer.debits_posted, payee.credits_posted) + given >= 1e39 THEN
        RETURN;
    END IF;
    payer.debits_posted := payer.debits_posted + given;
    payee.credits_posted := payee.credits_posted + given;
    debit_after := payer.credits_posted - payer.debits_posted;
    debit_kept := payer.debits_pending;
    credit_after := payee.credits_posted - payee.debits_posted;
    credit_kept := payee.debits_pending;
    IF payer.kind IN ('asset', 'expense') THEN
        debit_after := -debit_after;
        debit_kept := payer.credits_pending;
    ELSIF debit_after - debit_kept < payer.floor THEN
        RETURN;
    END IF;
    IF payee.kind IN ('asset', 'expense') THEN
        credit_after := -credit_after;
        credit_kept := payee.credits_pending;
        IF credit_after - credit_kept < payee.floor THEN
            RETURN;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM ledger_transfer WHERE id = new_id)
       OR EXISTS (SELECT FROM ledger_rejection WHERE id = new_id) THEN
        RETURN;
    END IF;
    us := greatest(us, payer.touched_us, payee.touched_us);
    decided_at := 'epoch'::timestamptz + us * interval '1 microsecond';
    UPDATE ledger_account
    SET debits_posted = payer.debits_posted, version = version + 1, touched_us = us WHERE id = debit_id;
    UPDATE ledger_account
    SET credits_posted = payee.credits_posted, version = version + 1, touched_us = us WHERE id = credit_id;
    INSERT INTO ledger_transfer (
        id, debit, credit, debit_version, credit_version, at, amount, debit_balance, credit_balance,
        kind, step, actor, reference, debit_held, credit_held, memo, metadata
    ) VALUES (
        new_id, debit_id, credit_id, payer.version + 1, payee.version + 1, decided_at, given, debit_after,
        credit_after, new_kind, 'post', by_actor, about, nullif(debit_kept, 0), nullif(credit_kept, 0), words, facts
    );
    RETURN NEXT;
END $$;
"""


class Migration(migrations.Migration):
    """Add the functions."""

    dependencies = [("ledger", "0002_rules_that_the_database_keeps")]

    operations = [
        migrations.AddField(
            "account", "touched_us", models.BigIntegerField(db_default=0, default=0)
        ),
        *(
        migrations.RunSQL(statements, migrations.RunSQL.noop)
        for statements in (LOCK, KNOWN, EXPECT_UNMOVED, SETTLE, ADD_TRANSFERS, POST_ONE)
        ),
    ]
