"""Opening, freezing and closing accounts, and declaring assets."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction

from fondaco.audit.models import Entry
from fondaco.kit.errors import NotFound
from fondaco.ledger import actions, models, queries
from fondaco.ledger.queries.balances import stream_liabilities, sum_standings
from fondaco.ledger.queries.codes import find_accounts, find_hold_sides
from fondaco.ledger.tests.books import (
    BY,
    USD,
    account,
    at_once,
    end,
    give,
    hold,
    move,
    open_bank,
    open_wallet,
    results,
)
from fondaco.ledger.types import AccountId, AccountKind, Result, Step
from fondaco.money import SHIPPED, Asset, Money

pytestmark = pytest.mark.usefixtures("tenant")


class TestOpenAccount:
    """Opening an account."""

    def test_gives_the_same_account_to_all_who_race_for_it(self) -> None:
        """Twelve threads, one account, one audit row."""
        code = f"wallets:{uuid4().hex}"

        def open_it(_number: int) -> AccountId:
            return actions.open_account(
                code=code, asset=USD, kind=AccountKind.LIABILITY, floor=0, by=BY
            ).id

        assert len(set(at_once(open_it, threads=12))) == 1
        assert Entry.objects.filter(subject=code, action="ledger.account.open").count() == 1

    def test_gives_the_account_of_whoever_was_faster_between_look_and_write(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It keeps its own floor, and is told of once."""
        code = f"wallets:{uuid4().hex}"
        faster = actions.open_account(
            code=code, asset=USD, kind=AccountKind.LIABILITY, floor=-7, by=BY
        )
        monkeypatch.setattr("fondaco.ledger.queries.find_account", lambda **_: None)
        slower = actions.open_account(
            code=code, asset=USD, kind=AccountKind.LIABILITY, floor=0, by=BY
        )
        assert slower == faster
        assert Entry.objects.filter(subject=code, action="ledger.account.open").count() == 1

    def test_begins_at_zero(self) -> None:
        """A new account has nothing, and knows its floor."""
        opened = account(open_wallet(floor=-5))
        assert (opened.posted, opened.available, opened.version) == (
            Money.zero(USD),
            Money.zero(USD),
            0,
        )
        assert (opened.floor, opened.frozen, opened.closed) == (-5, False, False)

    def test_refuses_a_code_that_another_kind_of_account_has(self) -> None:
        """The code alone names the account, so what it counts may not differ."""
        code = account(open_wallet()).code
        for asset, kind in [(Asset("EUR", 2), AccountKind.LIABILITY), (USD, AccountKind.ASSET)]:
            with pytest.raises(actions.AccountDiffers):
                actions.open_account(code=code, asset=asset, kind=kind, floor=0, by=BY)

    def test_refuses_an_asset_that_is_not_declared(self) -> None:
        """A typing error in an asset must not become an account."""
        with pytest.raises(NotFound):
            actions.open_account(
                code=uuid4().hex, asset=Asset("USD", 3), kind=AccountKind.ASSET, floor=None, by=BY
            )


class TestLockAccounts:
    """Keeping others from posting."""

    def test_lets_nobody_else_take_them_until_the_transaction_ends(
        self, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        """Each once, and as they are."""
        wallet, bank = open_wallet(floor=-3), open_bank()
        take = "SELECT FROM t_alpha.ledger_account WHERE id = %s FOR UPDATE NOWAIT"
        with transaction.atomic():
            found = actions.lock_accounts([bank, wallet, bank])
            assert (set(found), found[wallet].floor) == ({wallet, bank}, -3)
            for one in found:
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    superuser_connection.execute(take, [one])
        for one in found:
            superuser_connection.execute(take, [one])

    def test_finds_no_account_that_is_not_there(self) -> None:
        """Not even beside one that is."""
        with pytest.raises(NotFound), transaction.atomic():
            actions.lock_accounts([open_wallet(), AccountId(0)])


class TestFreezeAccount:
    """Freezing."""

    def test_refuses_transfers_until_it_is_undone(self) -> None:
        """The next transfer sees it, whatever the process remembers."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        assert results(move(payer, payee, 1)) == [Result.POSTED]
        assert actions.freeze_account(account_id=payer, by=BY).frozen
        assert actions.freeze_account(account_id=payer, by=BY).frozen
        assert results(move(payer, payee, 1)) == [Result.ACCOUNT_FROZEN]
        assert not actions.unfreeze_account(account_id=payer, by=BY).frozen
        assert results(move(payer, payee, 1)) == [Result.POSTED]
        assert Entry.objects.filter(subject=account(payer).code).count() == 3

    def test_is_seen_by_large_batches_that_remember_the_account(self) -> None:
        """A batch that would start from remembered positions is refused by the revision."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1000)
        assert set(results(*[move(payer, payee, 1) for _ in range(100)])) == {Result.POSTED}
        actions.freeze_account(account_id=payer, by=BY)
        assert set(results(*[move(payer, payee, 1) for _ in range(100)])) == {Result.ACCOUNT_FROZEN}
        actions.unfreeze_account(account_id=payer, by=BY)
        assert set(results(*[move(payer, payee, 1) for _ in range(100)])) == {Result.POSTED}

    def test_knows_no_account_of_another_id(self) -> None:
        """What is not there cannot be frozen."""
        with pytest.raises(NotFound):
            actions.freeze_account(account_id=AccountId(0), by=BY)


class TestCloseAccount:
    """Closing."""

    def test_happens_only_at_zero_without_holds(self) -> None:
        """Money or an open hold keeps an account open; then it is closed for ever."""
        wallet, other = open_wallet(), open_wallet()
        give(wallet, 10)
        with pytest.raises(actions.AccountNotEmpty):
            actions.close_account(account_id=wallet, by=BY)
        assert results(move(wallet, other, 10)) == [Result.POSTED]
        held = hold(other, wallet, 5)
        assert results(held) == [Result.PENDING]
        with pytest.raises(actions.AccountNotEmpty):
            actions.close_account(account_id=wallet, by=BY)
        assert results(end(held, Step.VOID)) == [Result.VOIDED]
        assert actions.close_account(account_id=wallet, by=BY).closed
        assert actions.close_account(account_id=wallet, by=BY).closed
        assert results(move(other, wallet, 1)) == [Result.ACCOUNT_CLOSED]


class TestSetFloor:
    """Changing a floor."""

    def test_counts_from_the_next_transfer_on(self) -> None:
        """A lower floor is credit, none is no limit."""
        wallet, other = open_wallet(), open_wallet()
        assert results(move(wallet, other, 5)) == [Result.INSUFFICIENT_FUNDS]
        assert actions.set_floor(account_id=wallet, floor=-5, by=BY).floor == -5
        assert results(move(wallet, other, 5), move(wallet, other, 1)) == [
            Result.POSTED,
            Result.INSUFFICIENT_FUNDS,
        ]
        assert actions.set_floor(account_id=wallet, floor=None, by=BY).floor is None
        assert results(move(wallet, other, 10**38)) == [Result.POSTED]


class TestAssets:
    """Declaring assets."""

    def test_are_there_in_every_new_tenant(self) -> None:
        """The shipped ones need no declaration."""
        assert set(SHIPPED) <= set(queries.list_assets())
        assert queries.get_asset(code="BTC") == Asset("BTC", 8)
        assert queries.find_asset(code="NONE") is None
        with pytest.raises(NotFound):
            queries.get_asset(code="NONE")

    def test_keep_their_scale_for_ever(self) -> None:
        """Every amount is written in it."""
        asset = Asset(f"X{uuid4().hex[:10].upper()}", 4)
        actions.declare_asset(asset=asset, by=BY)
        actions.declare_asset(asset=asset, by=BY)
        with pytest.raises(actions.AssetDiffers):
            actions.declare_asset(asset=Asset(asset.code, 5), by=BY)
        assert Entry.objects.filter(subject=asset.code).count() == 1
        assert str(models.Asset.objects.get(code=asset.code)) == f"{asset.code}/4"


class TestQueries:
    """Reading accounts."""

    def test_know_only_what_exists(self) -> None:
        """A missing account is not found, by code or by id."""
        code = account(open_bank()).code
        assert queries.get_account(code=code).kind is AccountKind.ASSET
        with pytest.raises(NotFound):
            queries.get_account(code=code + "x")
        with pytest.raises(NotFound):
            queries.get_accounts([AccountId(0)])

    def test_page_through_codes(self) -> None:
        """Each page begins after the last code of the one before."""
        place = f"custom:{uuid4().hex}"
        for number in range(5):
            actions.open_account(
                code=f"{place}:{number}", asset=USD, kind=AccountKind.EQUITY, floor=None, by=BY
            )
        first = queries.list_accounts(prefix=place, limit=3)
        rest = queries.list_accounts(prefix=place, after=first.next or "", limit=3)
        assert [a.code[-1] for a in [*first.items, *rest.items]] == ["0", "1", "2", "3", "4"]
        assert rest.next is None

    def test_find_many_by_code(self) -> None:
        """Those that are there, under their codes."""
        one, two = account(open_wallet()), account(open_bank())
        found = find_accounts(codes=[one.code, two.code, "none:such"])
        assert found == {one.code: one, two.code: two}
        assert find_accounts(codes=[]) == {}

    def test_find_the_sides_of_holds(self) -> None:
        """What is no hold is left out."""
        payer, payee = open_wallet(), open_wallet()
        give(payer, 10)
        held, moved = hold(payer, payee, 5), move(payer, payee, 1)
        results(held, moved)
        found = find_hold_sides(hold_ids=[held.id, moved.id, uuid4()])
        assert found == {held.id: (payer, payee)}

    def test_go_through_what_is_owed(self) -> None:
        """Liability accounts alone, with their posted balances."""
        payer, bank = open_wallet(), open_bank()
        give(payer, 10)
        results(hold(payer, bank, 4))
        with transaction.atomic():
            found = {id_: (code, posted) for id_, code, posted in stream_liabilities()}
        assert found[payer] == (account(payer).code, Money(10, USD))
        assert bank not in found

    def test_sum_up_where_the_money_stands(self) -> None:
        """By the first two parts of the codes; all wallets are one group."""
        payer, bank = open_wallet(), open_bank()
        place = ":".join(account(bank).code.split(":")[:2])

        def standings() -> dict[tuple[str, str], tuple[int, int, int]]:
            return {
                (asset.code, group): (credit, debit, held)
                for asset, group, kind, credit, debit, held in sum_standings()
                if kind is (AccountKind.ASSET if group == place else AccountKind.LIABILITY)
            }

        before = standings().get(("USD", "wallets"), (0, 0, 0))
        results(move(bank, payer, 10), hold(payer, bank, 4))
        after = standings()
        assert after["USD", place] == (0, 10, 4)  # a hold holds on both sides
        grown = tuple(new - old for new, old in zip(after["USD", "wallets"], before, strict=True))
        assert grown == (10, 0, 4)
