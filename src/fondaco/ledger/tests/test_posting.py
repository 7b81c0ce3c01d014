"""Posting against the real database: what is written, replayed, refused and undone."""

import gc
import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from psycopg import errors

from fondaco.kit import clock
from fondaco.kit.django.locks import retrying
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions, models, queries, store
from fondaco.ledger.tests.books import (
    BY,
    KIND,
    account,
    balance,
    end,
    give,
    hold,
    move,
    open_bank,
    open_wallet,
    post,
    results,
)
from fondaco.ledger.types import HoldState, Result, Step, TransferId, UsageClaim

pytestmark = pytest.mark.usefixtures("tenant")

LARGE = store.COPY_FROM + 10
"""Transfers that start from what is remembered, and are streamed."""


def history(wallet: int) -> list[tuple[int | None, int | None]]:
    """Give version and balance of an account's entries, oldest first."""
    page = queries.list_entries(account_ids=[wallet], limit=1000)  # type: ignore[list-item] # a plain number
    return [(entry.version, entry.balance_after) for entry in reversed(page.items)]


class TestPost:
    """Posting in the caller's transaction."""

    def test_writes_all_that_was_asked(self) -> None:
        """Each column comes back as it went in, special characters included."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        reference = uuid4()
        asked = move(
            payer,
            payee,
            30,
            reference=reference,
            memo="tab\there, line\nbreak, back\\slash, \\N, ünï",
            metadata={"a": 'b"\\', "n": [1, 2], "o": {"p": None}},
        )
        (outcome,) = post(asked)
        found = queries.get_transfer(transfer_id=asked.id)
        assert (found.memo, found.metadata) == (asked.memo, asked.metadata)
        assert (found.reference, found.actor, found.kind) == (reference, str(BY), KIND)
        assert (found.debit_balance, found.credit_balance) == (70, 30)
        assert (found.debit_version, found.credit_version) == (2, 1)
        assert (found.at, found.result) == (outcome.at, outcome.result)
        assert (outcome.debit_available, outcome.credit_available) == (70, 30)

    def test_gives_the_same_rows_for_small_and_large_batches(self) -> None:
        """The two ways of taking the positions end in the same books."""
        for size in (5, LARGE):
            payer, payee = open_wallet(), open_wallet()
            give(payer, size - 1)
            outcome = results(*[move(payer, payee, 1) for _ in range(size)])
            assert outcome == [Result.POSTED] * (size - 1) + [Result.INSUFFICIENT_FUNDS]
            expected = [(number, number) for number in range(1, size)]
            assert [entry for entry in history(payee) if entry[0]] == expected
            assert account(payer).version == size

    def test_begins_again_when_remembered_positions_are_old(self) -> None:
        """Somebody else's change, unseen by this process, is found by the version."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        assert set(results(*[move(payer, payee, 1) for _ in range(LARGE)])) == {Result.POSTED}
        before = balance(payer)
        with (
            transaction.atomic()
        ):  # a small batch locks and reads, and leaves what is remembered behind
            models.Account.objects.filter(pk=payer).update(version=account(payer).version)
            actions.set_floor(account_id=payer, floor=before - 1, by=BY)
        outcome = results(*[move(payer, payee, 1) for _ in range(LARGE)])
        assert outcome.count(Result.POSTED) == 1
        assert balance(payer) == before - 1

    def test_is_undone_with_the_callers_transaction(self) -> None:
        """What rolls back leaves nothing, neither in the books nor in what is remembered."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        for size in (3, LARGE):
            with transaction.atomic():
                actions.post([move(payer, payee, 1) for _ in range(size)], by=BY)
                transaction.set_rollback(True)
            assert (balance(payer), balance(payee)) == (1000, 0)
            assert results(move(payer, payee, 1), move(payee, payer, 1)) == [Result.POSTED] * 2

    def test_sees_what_the_same_transaction_posted_before(self) -> None:
        """Several posts of one transaction build on each other."""
        payer, payee = open_wallet(), open_wallet()
        with transaction.atomic():
            give(payer, LARGE)
            first = actions.post([move(payer, payee, 1) for _ in range(LARGE)], by=BY)
            second = actions.post([move(payer, payee, 1)], by=BY)
        assert [first[-1].result, second[0].result] == [Result.POSTED, Result.INSUFFICIENT_FUNDS]

    def test_replays_by_id_after_commit(self) -> None:
        """The same transfer again moves nothing; another content under its id is refused."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        asked = move(payer, payee, 10, metadata={"a": (1, 2)})
        refused = move(payer, payee, 1000)
        before = post(asked, refused)
        assert results(asked, refused, asked._replace(amount=11)) == [
            Result.EXISTS,
            Result.ALREADY_REJECTED,
            Result.EXISTS_DIFFERENT,
        ]
        after = post(asked)[0]
        assert (after.at, after.debit_available) == (before[0].at, before[0].debit_available)
        assert balance(payee) == 10
        assert models.Rejection.objects.filter(pk=refused.id).count() == 1

    def test_turns_foreign_ids_into_words(self) -> None:
        """Random ids and ids of another day are refused, whatever partition they would fall into."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        old = int((clock.now() - timedelta(days=400)).timestamp() * 1000)
        number = old << 80 | 0x7 << 76 | 0b10 << 62 | uuid7().int & 0xFFFFFFFF
        ids = [uuid4(), type(uuid4())(int=number)]
        asked = [move(payer, payee, 1, id=TransferId(id_)) for id_ in ids]
        assert results(*asked) == [Result.ID_OUT_OF_WINDOW] * 2
        assert results(*asked) == [Result.ALREADY_REJECTED] * 2

    def test_keeps_a_hold_until_it_ends_once(self) -> None:
        """Hold, part capture, and every way of asking again."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        held = hold(payer, payee, 60, expires_at=clock.now() + timedelta(hours=1))
        assert results(held) == [Result.PENDING]
        assert account(payer).available.minor == 40
        assert account(payer).held.minor == 60
        assert queries.list_holds(account_ids=[payer], limit=5)[0].id == held.id
        capture = end(held, Step.CAPTURE, 45)
        assert results(capture) == [Result.POSTED]
        ended = queries.get_hold(hold_id=held.id)
        assert (ended.state, ended.ended_by) == (HoldState.CAPTURED, capture.id)
        assert results(capture, end(held, Step.VOID)) == [
            Result.EXISTS,
            Result.PENDING_ALREADY_POSTED,
        ]
        assert (balance(payer), account(payer).available.minor) == (55, 55)
        assert queries.list_holds(account_ids=[payer], limit=5) == []
        row = queries.get_transfer(transfer_id=held.id)
        assert (row.debit_balance, row.expires_at) == (100, held.expires_at)
        with pytest.raises(NotFound):
            queries.get_hold(hold_id=capture.id)

    def test_counts_usage_with_the_money(self) -> None:
        """The counter, its window and the refusal."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        claim = UsageClaim(counter=uuid4().hex, window="2026-11", amount=6, amount_max=10)
        with transaction.atomic():
            first = actions.post([move(payer, payee, 6)], by=BY, usage=[claim])
            second = actions.post([move(payer, payee, 6)], by=BY, usage=[claim])
        assert [first[0].result, second[0].result] == [Result.POSTED, Result.LIMIT_EXCEEDED]
        row = models.Usage.objects.get(counter=claim.counter)
        assert (row.period, int(row.amount), row.times) == ("2026-11", 6, 1)
        assert str(row) == f"{claim.counter} 2026-11: 6"

    def test_posts_groups_whole(self) -> None:
        """A fee with its payment; the rows name the group."""
        payer, payee, fees = open_wallet(), open_wallet(), open_wallet(floor=None)
        give(payer, 10)
        pay, fee = move(payer, payee, 10, linked=True), move(payee, fees, 1)
        assert results(pay, fee) == [Result.POSTED] * 2
        assert queries.get_transfer(transfer_id=fee.id).group_id == pay.id
        broken = [move(payee, payer, 9, linked=True), move(payer, fees, 10)]
        assert results(*broken) == [Result.LINKED_FAILED, Result.INSUFFICIENT_FUNDS]
        rows = {row.pk: row for row in models.Rejection.objects.filter(group_id=broken[0].id)}
        assert [rows[one.id].result for one in broken] == ["linked_failed", "insufficient_funds"]

    def test_never_cuts_a_group_between_two_writes(self) -> None:
        """A group that stands across the borders of the pieces of a batch stays one group."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        size = 450
        batch = [move(payer, payee, 1, linked=True) for _ in range(size)]
        batch.append(move(payer, payee, 1000))
        outcome = results(*batch)
        assert outcome == [Result.LINKED_FAILED] * size + [Result.INSUFFICIENT_FUNDS]
        assert balance(payee) == 0

    @pytest.mark.parametrize("size", [1, 2, 300])
    def test_never_dates_a_transfer_before_the_one_before_it(self, size: int) -> None:
        """A machine whose clock is behind writes no history that goes back in time."""
        payer, payee = open_wallet(floor=None), open_wallet()
        ahead = clock.now() + timedelta(minutes=5)
        with clock.set_to(ahead):
            post(move(payer, payee, 1))
        behind = post(*[move(payer, payee, 1) for _ in range(size)])
        assert {outcome.at for outcome in behind} == {ahead}
        rows = models.Transfer.objects.filter(debit=payer)
        assert {row.at for row in rows} == {ahead}
        with clock.set_to(ahead + timedelta(minutes=1)):
            (after,) = post(move(payee, payer, 1))
        assert after.at == ahead + timedelta(minutes=1)

    def test_streams_whatever_a_row_can_hold(self) -> None:
        """Texts and JSON of large batches come back as they went in, holds and groups too."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10_000)
        reference = uuid4()
        words = 'tab\there, line\nbreak, back\\slash, \\N, quote"'
        full = move(payer, payee, 1, memo=words, metadata={"a": words}, reference=reference)
        alone = move(payer, payee, 1, memo=words)
        held = hold(payer, payee, 5, expires_at=clock.now() + timedelta(hours=1))
        group = [move(payer, payee, 1, linked=True), move(payer, payee, 1)]
        rest = [move(payer, payee, 1) for _ in range(LARGE * 5)]
        assert set(results(full, alone, held, *group, *rest)) == {Result.POSTED, Result.PENDING}
        found = queries.get_transfer(transfer_id=full.id)
        assert (found.memo, found.metadata, found.reference) == (words, {"a": words}, reference)
        assert dict(queries.get_transfer(transfer_id=alone.id).metadata) == {}
        assert queries.get_transfer(transfer_id=held.id).expires_at == held.expires_at
        assert queries.get_transfer(transfer_id=group[1].id).group_id == group[0].id
        assert account(payer).held.minor == 5

    @pytest.mark.parametrize("is_on", [True, False])
    def test_leaves_the_garbage_collector_as_it_found_it(self, *, is_on: bool) -> None:
        """A large batch does without, as others of the process may at the same time."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        batch = [move(payer, payee, 1) for _ in range(store.COPY_FROM)]
        (gc.enable if is_on else gc.disable)()
        try:
            assert set(results(*batch)) == {Result.POSTED}
            assert gc.isenabled() == is_on
        finally:
            gc.enable()

    def test_is_worth_another_try_when_an_id_was_used_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between looking an id up and writing it another transaction may commit it."""
        calls: list[int] = []
        write = store.write

        def once_too_late(*arguments: Any, **more: Any) -> store.Written:
            calls.append(1)
            if len(calls) == 1:
                raise store.Moved
            return write(*arguments, **more)

        monkeypatch.setattr(store, "write", once_too_late)
        payer, payee = open_wallet(floor=None), open_wallet()
        asked = [move(payer, payee, 1), move(payer, payee, 2)]
        with pytest.raises(OperationalError, match="again"):
            post(*asked)
        calls.clear()
        assert [one.is_done for one in retrying(partial(post, *asked))] == [True, True]
        assert (len(calls), balance(payee)) == (2, 3)

    def test_passes_on_violations_that_mean_nothing_to_a_caller(self) -> None:
        """A rule of the database that only a mistake of ours can break stays an error."""
        with pytest.raises(errors.CheckViolation), store.refusals():
            raise errors.CheckViolation("amount is positive")

    def test_wants_a_transaction(self) -> None:
        """Without one, an order and its money could part."""
        with pytest.raises(RuntimeError, match="atomic"):
            actions.post([move(open_bank(), open_wallet(), 1)], by=BY)

    def test_wants_declared_kinds(self) -> None:
        """A kind that no domain has declared is a mistake in the code."""
        with pytest.raises(actions.UndeclaredKind):
            post(move(open_bank(), open_wallet(), 1, kind="nobody.knows"))
        with pytest.raises(ValueError, match="domain"):
            actions.declare_kind("noDomain")
        assert KIND in actions.list_kinds()

    def test_does_nothing_for_nothing(self) -> None:
        """An empty batch has no outcome."""
        with transaction.atomic():
            assert actions.post([], by=BY) == []

    def test_says_that_no_partition_is_there(self) -> None:
        """A month without a partition is the operator's business, not the caller's."""
        wallet, bank = open_wallet(), open_bank()
        later = clock.now() + timedelta(days=4000)
        number = int(later.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62
        id_ = TransferId(type(uuid4())(int=number))
        with clock.set_to(later), pytest.raises(actions.PartitionMissing):
            post(move(bank, wallet, 1, id=id_))


class TestRecordRefusals:
    """Keeping refusals of a transaction that rolled back."""

    def test_keeps_each_once_and_nothing_else(self) -> None:
        """What succeeded was rolled back, what was refused stays in the history."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        held = hold(payer, payee, 4)
        post(held)
        asked = [
            move(payer, payee, 1),
            move(payer, payee, 100, memo="too much"),
            end(held, Step.CAPTURE, 5),
        ]
        with transaction.atomic():
            outcomes = actions.post(asked, by=BY)
            transaction.set_rollback(True)
        assert models.Rejection.objects.filter(debit=payer).count() == 0
        for _ in range(2):
            actions.record_refusals(transfers=asked, outcomes=outcomes, by=BY)
        actions.record_refusals(transfers=[], outcomes=[], by=BY)
        rows = models.Rejection.objects.filter(debit=payer).order_by("id")
        assert [(row.result, int(row.amount)) for row in rows] == [
            ("insufficient_funds", 100),
            ("exceeds_pending", 5),
        ]
        assert "too much" in json.dumps(rows[0].memo)
        assert results(asked[1]) == [Result.ALREADY_REJECTED]
        assert str(rows[0]) == f"{KIND} 100 {payer} → {payee}: insufficient_funds"


class TestExpireHolds:
    """Releasing holds whose time ran out."""

    def test_frees_the_money_and_tells_it(self) -> None:
        """Only what has run out is released; a capture then comes too late."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        soon = hold(payer, payee, 10, expires_at=clock.now() + timedelta(minutes=5))
        late = hold(payer, payee, 20, expires_at=clock.now() + timedelta(hours=5))
        ever = hold(payer, payee, 30)
        post(soon, late, ever)
        with clock.set_to(clock.now() + timedelta(hours=1)):
            while actions.expire_holds(by=BY):
                pass
            assert account(payer).available.minor == 50
            assert queries.get_hold(hold_id=soon.id).state is HoldState.EXPIRED
            assert results(end(soon, Step.CAPTURE)) == [Result.PENDING_EXPIRED]
        assert queries.get_hold(hold_id=late.id).state is HoldState.OPEN

    def test_tells_nothing_of_a_hold_that_somebody_ended_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The job had seen it open, but the capture came first."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        held = hold(payer, payee, 10, expires_at=clock.now() + timedelta(minutes=5))
        post(held)
        seen = queries.get_hold(hold_id=held.id)
        assert results(end(held, Step.CAPTURE)) == [Result.POSTED]
        told: list[object] = []
        monkeypatch.setattr("fondaco.ledger.queries.list_holds", lambda **_: [seen])
        monkeypatch.setattr(
            "fondaco.kit.django.events.publish", lambda event, **_: told.append(event)
        )
        assert actions.expire_holds(by=BY) == 1
        assert told == []

    def test_shows_a_hold_as_one_line(self) -> None:
        """The rows can be read in a shell."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        held = hold(payer, payee, 10)
        post(held)
        assert str(models.Hold.objects.get(pk=held.id)) == f"10 {payer} → {payee} open"
        assert str(models.Transfer.objects.get(pk=held.id)) == f"{KIND} 10 {payer} → {payee}"
        assert str(models.Account.objects.get(pk=payer)) == account(payer).code
