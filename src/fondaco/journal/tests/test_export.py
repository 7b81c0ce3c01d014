"""The journal taken out: pages, CSV over HTTP, files."""

import csv
import io
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from fondaco.journal import export
from fondaco.journal.export import ParquetMissing, write_csv, write_parquet
from fondaco.journal.queries.transfers import JournalLine, list_transfers, stream_transfers
from fondaco.kit import access, clock
from fondaco.kit.access import Actor, ActorKind, Principal, Role
from fondaco.kit.ids import encode
from fondaco.ledger.tests.books import account, hold, move, open_bank, open_wallet, post
from fondaco.ledger.types import Transfer
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def auditor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask as an auditor."""
    who = Principal(
        Actor(ActorKind.OPERATOR, f"usr_{uuid4().hex}"),
        Role.AUDITOR,
        uuid4(),
        None,
        None,
        frozenset({"ledger:read"}),
    )

    class Always:
        def authenticate(self, *_: object) -> Principal:
            return who

    monkeypatch.setattr(access, "_installed", [Always()])


def some(count: int, **more: Any) -> list[Transfer]:
    """Post transfers of an account of their own."""
    bank, wallet = open_bank(), open_wallet()
    made = [move(bank, wallet, number + 1, **more) for number in range(count)]
    post(*made)
    return made


def ids(transfers: list[Transfer]) -> list[str]:
    return [encode("tr", one.id) for one in transfers]


class TestListTransfers:
    def test_goes_from_the_newest_back_page_by_page(self) -> None:
        since = clock.now()
        made = some(5)
        until = clock.now()  # others may have dated theirs later
        first = list_transfers(since=since, until=until, limit=3)
        second = list_transfers(since=since, until=until, after=first.next, limit=3)
        assert [line.id for line in (*first.items, *second.items)] == ids(made)[::-1]
        assert second.next is None

    def test_shows_both_sides_and_what_was_said(self) -> None:
        since, bank, wallet = clock.now(), open_bank(), open_wallet()
        moved = move(bank, wallet, 1234, memo="tea", metadata={"cup": "ö"})
        held = hold(wallet, bank, 34, expires_at=since + timedelta(hours=1))
        post(moved, held)
        held_line, line = list_transfers(since=since, until=clock.now(), limit=9).items
        assert (line.debit, line.credit) == (account(bank).code, account(wallet).code)
        assert (line.amount, line.currency, line.memo) == ("12.34", "USD", "tea")
        assert (line.metadata, line.debit_balance) == ('{"cup": "ö"}', "12.34")
        assert (held_line.step, held_line.expires_at) == ("hold", held.expires_at)

    def test_keeps_to_the_period(self) -> None:
        some(1)
        since = clock.now()
        made = some(2)
        until = clock.now()
        some(1)
        within = list_transfers(since=since, until=until, limit=9).items
        assert [line.id for line in within] == ids(made)[::-1]
        assert list_transfers(since=until, until=since, limit=9).items == []
        long_ago = since - timedelta(days=20_000)
        assert list_transfers(until=long_ago, limit=9).items == []


class TestOverHttp:
    def test_is_listed_and_streamed(self, api: ApiClient, auditor: None) -> None:
        since = clock.now()
        made = some(5, memo="=1+1")
        period = "&to=".join(one.isoformat().replace("+00:00", "Z") for one in (since, clock.now()))
        body = api.get(f"/ledger/transfers?from={period}&limit=2").json()
        assert [one["id"] for one in body["items"]] == ids(made)[:2:-1]
        answer = api.get(f"/ledger/transfers?from={period}&limit=2", headers={"Accept": "text/csv"})
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined] # a stream
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["id"] for row in rows] == ids(made)[::-1]
        assert {row["memo"] for row in rows} == {"'=1+1"}

    @pytest.mark.parametrize("asked", ["from=now", "cursor=tr_1", "kind=%00", "limit=0", "x=1"])
    def test_refuses_what_is_no_question(self, api: ApiClient, auditor: None, asked: str) -> None:
        assert api.get(f"/ledger/transfers?{asked}").status_code == 422

    def test_is_for_who_may_read(self, api: ApiClient) -> None:
        assert api.get("/ledger/transfers").status_code == 401


class TestFiles:
    def test_of_csv_hold_every_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        since, reported = clock.now(), list[int]()
        made, until = some(5), clock.now()
        monkeypatch.setattr(export, "BATCH", 2)
        target = tmp_path / "journal.csv"
        with target.open("w", encoding="utf-8", newline="") as file:
            count = write_csv(
                stream_transfers(since=since, until=until), file, report=reported.append
            )
        rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
        assert (count, reported) == (5, [2, 4, 5])
        assert [row["id"] for row in rows] == ids(made)
        assert list(rows[0]) == list(JournalLine._fields)

    def test_of_parquet_hold_the_same(self, tmp_path: Path) -> None:
        if find_spec("pyarrow") is None:
            pytest.skip("pyarrow is an extra and not installed here")
        since = clock.now()
        made, until = some(3, metadata={"a": "b"}), clock.now()
        target = tmp_path / "journal.parquet"
        assert write_parquet(stream_transfers(since=since, until=until), target) == 3
        table = import_module("pyarrow.parquet").read_table(target).to_pylist()
        assert [row["id"] for row in table] == ids(made)
        lines = stream_transfers(since=since, until=until)
        assert [row["at"] for row in table] == [line.at for line in lines]

    def test_of_parquet_need_their_package(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export, "find_spec", lambda _: None)
        with pytest.raises(ParquetMissing) as refused:
            write_parquet([], tmp_path / "journal.parquet")
        assert "pyarrow" in str(refused.value)
        assert not (tmp_path / "journal.parquet").exists()
