"""Opening balances: a file once, all of it or nothing."""

from collections.abc import Iterator
from typing import Final
from uuid import uuid4

import pytest

from fondaco.audit.queries import list_entries
from fondaco.journal import openings
from fondaco.journal.actions.openings import import_balances
from fondaco.journal.models import OpeningBalance, OpeningFile
from fondaco.journal.openings import Opening, Unreadable, read_rows
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.ledger import queries
from fondaco.ledger.queries.balances import sum_standings
from fondaco.ledger.tests.books import BY, account, balance, open_bank, open_wallet
from fondaco.money import Asset

pytestmark = pytest.mark.usefixtures("tenant")

HEAD: Final = "account,currency,amount,kind,memo\n"


def code(place: str = "banks") -> str:
    return f"{place}:{uuid4().hex}:USD"


def post(text: str, *, is_dry: bool = False) -> Opening:
    return import_balances(text=text, is_dry=is_dry, by=BY)


def faults(found: Opening) -> list[tuple[int, str]]:
    return [(fault.line, fault.field) for fault in found.faults]


def opening_equity() -> int:
    return sum(
        credit - debit
        for asset, group, _, credit, debit, _ in sum_standings()
        if asset.code == "USD" and group == "equity:opening"
    )


class TestImportBalances:
    def test_puts_each_on_the_side_where_it_grows(self) -> None:
        wallet, bank, fees = open_wallet(), open_bank(), code("fees")
        before = opening_equity()
        done = post(
            HEAD
            + f"{account(wallet).code},USD,12.34,,from the old system\n"
            + f"{account(bank).code},USD,20,,\n"
            + f"{fees},USD,1.00,income,\n"
        )
        assert done.faults == []
        assert (balance(wallet), balance(bank)) == (1234, 2000)
        assert queries.get_account(code=fees).posted.minor == 100
        assert opening_equity() == before + 2000 - 1234 - 100
        assert done.totals == {"USD": "33.34"}
        (line,) = queries.list_entries(account_ids=[wallet], limit=5).items
        assert (line.kind, line.memo) == ("ledger.opening", "from the old system")
        sides = [(one.line, one.debit, one.credit, one.amount) for one in done.postings]
        equity = "equity:opening:USD"
        assert sides == [
            (2, equity, account(wallet).code, "12.34"),
            (3, account(bank).code, equity, "20.00"),
            (4, equity, fees, "1.00"),
        ]

    def test_posts_a_file_once(self) -> None:
        bank = open_bank()
        text = f"{HEAD}{account(bank).code},USD,5,,\n"
        first = post(text)
        again = post(text.replace("\n", "\r\n"))
        assert (first.is_replay, again.is_replay) == (False, True)
        assert again.file_id == first.file_id
        assert balance(bank) == 500
        assert len(list_entries(action="journal.openings.post", actor=str(BY)).items) >= 1

    def test_posts_an_account_once_whatever_the_file(self) -> None:
        bank, other = open_bank(), open_bank()
        post(f"{HEAD}{account(bank).code},USD,5,,\n")
        found = post(f"{HEAD}{account(other).code},USD,5,,\n{account(bank).code},USD,6,,\n")
        assert faults(found) == [(3, "account")]
        assert (balance(bank), balance(other)) == (500, 0)

    def test_posts_nothing_when_any_line_is_wrong(self) -> None:
        bank, wallet, new = open_bank(), open_wallet(), code("nodes")
        files = OpeningFile.objects.count()
        found = post(
            HEAD
            + f"{account(bank).code},USD,5,,\n"
            + f"{new},USD,1,asset,\n"
            + "banks:unknown:USD,USD,1,,\n"
            + f"{account(bank).code},USD,5,,\n"
            + f"{account(wallet).code},EUR,1,,\n"
            + f"{account(wallet).code},NONE,1,,\n"
            + f"{account(wallet).code},USD,1.001,,\n"
            + f"{account(wallet).code},USD,0,,\n"
            + ",USD,1,,\n"
            + "wallets:wal_1:USD,USD,1,liability,\n"
            + "equity:opening:USD,USD,1,,\n"
            + f"{'x' * 201},USD,1,asset,\n"
        )
        assert faults(found) == [
            (4, "kind"),
            (5, "account"),
            (6, "currency"),
            (7, "currency"),
            (8, "amount"),
            (9, "amount"),
            (10, "account"),
            (11, "account"),
            (12, "account"),
            (13, "account"),
        ]
        assert found.file_id is None
        assert balance(bank) == 0
        assert queries.find_account(code=new) is None
        assert OpeningFile.objects.count() == files

    def test_says_what_the_books_refuse(self) -> None:
        wallet, bank = open_wallet(), open_bank()
        found = post(
            f"{HEAD}{account(bank).code},USD,-5,,overdraft\n{account(wallet).code},USD,-5,,\n"
        )
        assert faults(found) == [(3, "account")]
        assert "insufficient_funds" in found.faults[0].reason
        assert balance(bank) == 0

    def test_shows_in_a_dry_run_what_the_real_one_would_do(self) -> None:
        wallet, new = open_wallet(), code("nodes")
        text = f"{HEAD}{account(wallet).code},USD,5,,\n{new},USD,7,asset,\n"
        dry = post(text, is_dry=True)
        assert (dry.file_id, dry.faults) == (None, [])
        assert balance(wallet) == 0
        assert queries.find_account(code=new) is None
        assert not OpeningBalance.objects.filter(account_id=wallet).exists()
        real = post(text)
        assert (real.postings, real.totals) == (dry.postings, dry.totals)
        assert post(text, is_dry=True).is_replay

    def test_of_no_lines_is_a_fault(self) -> None:
        assert faults(post(HEAD)) == [(1, "file")]


class TestCustomers:
    @pytest.fixture(autouse=True)
    def _holder(self) -> Iterator[None]:
        before = list(openings._holders)
        yield
        openings._holders[:] = before

    def test_are_found_by_who_holds_their_accounts(self) -> None:
        wallet = open_wallet()

        def hold(*, customer: str, asset: Asset, by: Actor) -> str:
            assert (asset.code, by) == ("USD", BY)
            if customer != "cus_1":
                raise InvalidField("There is no such customer.", field="customer")
            return account(wallet).code

        openings.register_holder(hold)
        good, bad = "customer,currency,amount\ncus_1,USD,3\n", "cus_2,USD,3\n"
        assert faults(post(good + bad)) == [(3, "customer")]
        assert balance(wallet) == 0
        assert post(good).faults == []
        assert balance(wallet) == 300

    def test_are_a_fault_where_nobody_holds_any(self) -> None:
        openings._holders.clear()
        assert faults(post("customer,currency,amount\ncus_1,USD,4\n")) == [(2, "customer")]


class TestReadRows:
    def test_counts_lines_as_an_editor_does(self) -> None:
        rows = read_rows('\ufeffCurrency, amount ,memo\n\nUSD,1,"two\nlines"\nUSD,2,x\n')
        assert [(row.line, row.amount, row.memo) for row in rows] == [
            (4, "1", "two\nlines"),
            (5, "2", "x"),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "currency\n",
            "currency,amount,amount\n",
            "currency,amount,colour\n",
            "currency,amount\nUSD\n",
            "currency,amount\nUSD,1,2\n",
            'currency,amount\nUSD,"1\n',
            "currency,amount\nUSD," + "1" * 501 + "\n",
            "currency,amount,memo\nUSD,1,a\0b\n",
        ],
    )
    def test_refuses_what_is_no_table(self, text: str) -> None:
        with pytest.raises(Unreadable):
            read_rows(text)
        with pytest.raises(InvalidField) as refused:
            post(text)
        assert refused.value.field == "file"
