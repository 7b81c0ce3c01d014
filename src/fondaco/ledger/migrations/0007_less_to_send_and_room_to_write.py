"""Write a batch with less: fewer arrays, no list of ids that are new anyway, and pages that are tidied less often.

An account is born with empty room beside it, which its first posting gives up. PostgreSQL tidies a page as soon as less
is free on it than its fillfactor leaves to new rows. With rows that fill exactly what they may, that is at each
visit after each change; with room that nobody else may take, it is once in some twenty changes.
"""

from django.db import migrations

ROOM = """
ALTER TABLE ledger_account ADD COLUMN room text DEFAULT repeat(' ', 240);
ALTER TABLE ledger_account ALTER COLUMN room SET STORAGE PLAIN;
ALTER TABLE ledger_account SET (fillfactor = 90);
COMMENT ON COLUMN ledger_account.room IS 'empty space, given up by the first posting';
"""

# An id that is known as a transfer is refused by the table itself. Left to see are ids that were refused before, and
# refusals whose ids are transfers: few rows, found between the least and the greatest id of the batch. Only a batch
# whose ids lie far apart brings them all.
EXPECT_NEW = """
DROP FUNCTION IF EXISTS ledger_expect_new;
CREATE FUNCTION ledger_expect_new(ids uuid[], refused uuid[], least_id uuid, greatest_id uuid) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF ids IS NOT NULL THEN
        IF ledger_is_any_known(ids, least_id, greatest_id) THEN
            RAISE EXCEPTION 'an id of the batch is known' USING ERRCODE = 'unique_violation';
        END IF;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM ledger_rejection WHERE id BETWEEN least_id AND greatest_id)
       AND EXISTS (SELECT FROM ledger_rejection AS rejection
                   WHERE id BETWEEN least_id AND greatest_id
                     AND EXISTS (SELECT FROM ledger_transfer AS transfer WHERE transfer.id = rejection.id
                                 AND transfer.id BETWEEN least_id AND greatest_id))
       OR refused IS NOT NULL
       AND EXISTS (SELECT FROM ledger_transfer WHERE id = ANY(refused) AND id BETWEEN least_id AND greatest_id) THEN
        RAISE EXCEPTION 'an id of the batch is known' USING ERRCODE = 'unique_violation';
    END IF;
END $$;
"""

# Rows are locked in the order of the array, which callers sort by id: joins that would visit them in another
# order are switched off within the function, so that two batches cannot wait for each other.
SETTLE = """
DROP FUNCTION IF EXISTS ledger_settle;
CREATE FUNCTION ledger_settle(
    ids bigint[], befores bigint[], steps integer[], debits numeric[], credits numeric[],
    common_us bigint, touches_us bigint[], revisions integer[], pending_debits numeric[],
    pending_credits numeric[]
) RETURNS void LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    written bigint;
BEGIN
    IF touches_us IS NULL AND revisions IS NULL AND pending_debits IS NULL THEN
        UPDATE ledger_account AS account SET
            version = given.before + given.step,
            debits_posted = given.debit,
            credits_posted = given.credit,
            touched_us = common_us,
            room = NULL
        FROM unnest(ids, befores, steps, debits, credits) AS given (id, before, step, debit, credit)
        WHERE account.id = given.id AND account.version = given.before AND account.revision = 0;
    ELSE
        UPDATE ledger_account AS account SET
            version = given.before + given.step,
            debits_posted = given.debit,
            credits_posted = given.credit,
            touched_us = coalesce(given.touched_us, common_us),
            debits_pending = coalesce(given.pending_debit, debits_pending),
            credits_pending = coalesce(given.pending_credit, credits_pending),
            room = NULL
        FROM unnest(
            ids, befores, steps, debits, credits, touches_us, revisions, pending_debits, pending_credits
        ) AS given (id, before, step, debit, credit, touched_us, revision, pending_debit, pending_credit)
        WHERE account.id = given.id AND account.version = given.before
          AND account.revision = coalesce(given.revision, 0);
    END IF;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> cardinality(ids) THEN
        RAISE EXCEPTION 'an account has moved on' USING ERRCODE = 'serialization_failure';
    END IF;
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
    SET debits_posted = payer.debits_posted, version = version + 1, touched_us = us, room = NULL
    WHERE id = debit_id;
    UPDATE ledger_account
    SET credits_posted = payee.credits_posted, version = version + 1, touched_us = us, room = NULL
    WHERE id = credit_id;
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
    """Change the table's storage and the functions that write."""

    dependencies = [("ledger", "0006_what_accounts_held_at_midnight")]

    operations = [
        migrations.RunSQL(statements, migrations.RunSQL.noop)
        for statements in (ROOM, EXPECT_NEW, SETTLE, POST_ONE)
    ]
