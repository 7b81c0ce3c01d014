"""Statements of wallets and accounts as JSON, CSV and PDF; what is on paper is read back from the paper."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from fondaco.identity.states import StaffRole
from fondaco.kit.options import override
from fondaco.ledger.tests.books import account, end, give, hold, move, open_bank, open_wallet, post
from fondaco.ledger.types import Step
from fondaco.money import Asset, Money
from fondaco.reports import papers
from fondaco.reports.paper import fonts
from fondaco.reports.paper.statement import draw_statement, grouped
from fondaco.reports.types import PaperLine, StatementPaper
from fondaco.wallets.tests.cast import new_client, new_company, new_operator, take

pytestmark = pytest.mark.usefixtures("tenant")
USD = Asset("USD", 2)
PDF = {"Accept": "application/pdf"}


def pages_of(content: bytes) -> list[str]:
    """Read a PDF's pages as text, in the order of its lines."""
    return [
        page.extract_text(extraction_mode="layout") for page in PdfReader(BytesIO(content)).pages
    ]


def words_of(content: bytes) -> str:
    """Read a PDF as one line of words."""
    return re.sub(r"\s+", " ", " ".join(pages_of(content)))


def paper(*lines: PaperLine, **more: Any) -> StatementPaper:
    """Put together a statement."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made: dict[str, Any] = {
        "house": "Fondaco dei Turchi",
        "address": ["Salizada del Fontego 1730, Venezia"],
        "holder": ["Ада Öztürk"],
        "account_label": "Wallet",
        "account": "wal_1",
        "since": at,
        "until": at + timedelta(days=31),
        "zone": "Europe/Kyiv",
        "issued_at": at + timedelta(days=32),
        "is_settled": True,
        "opening": Money(100, USD),
        "closing": lines[-1].balance if lines else Money(100, USD),
        "paid_in": Money(0, USD),
        "paid_out": Money(0, USD),
        "heads": ("Money out", "Money in"),
        "lines": lines,
        **more,
    }
    return StatementPaper(**made)


def line(number: int, small: str = "", balance: int = 100) -> PaperLine:
    """Write a line."""
    return PaperLine(
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        text=f"Charge number {number}",
        small=small,
        out=Money(number, USD),
        into=None,
        balance=Money(balance, USD),
    )


class TestThePaper:
    """What a statement looks like."""

    def test_says_who_when_and_how_much(self) -> None:
        said = words_of(draw_statement(paper(line(5, "tea", 123_456_789))))
        for part in (
            "Fondaco dei Turchi",
            "Salizada del Fontego 1730, Venezia",
            "Statement of account",
            "Ада Öztürk",
            "wal_1",
            "Period 2026-03-01 00:00 to 2026-04-01 00:00",
            "Opening balance",
            "2026-03-02 09:30 Charge number 5 0.05 1,234,567.89 tea",
            "Closing balance",
            "Issued 2026-04-02 00:00 · all times Europe/Kyiv",
            "Page 1 of 1",
        ):
            assert part in said
        assert "not ended" not in said

    def test_tells_when_the_period_has_not_ended(self) -> None:
        said = words_of(draw_statement(paper(is_settled=False, since=None)))
        assert "The period has not ended" in said
        assert "Period the beginning to 2026-04-01 00:00" in said
        assert "0 lines" in said

    @pytest.mark.parametrize(
        "memo",
        ["Оплата рахунку № 4711, ґанок і їжа", "İstanbul şubesi, ığüşöç", "Ωμέγα", "naïve €5"],
    )
    def test_writes_the_letters_of_europe(self, memo: str) -> None:
        assert memo in words_of(draw_statement(paper(line(1, memo))))

    def test_shows_a_box_for_a_letter_that_there_is_not(self) -> None:
        assert fonts.plain("寿 a\nb\t\x07c") == "■ a b ■c"
        assert "■ a b ■c" in words_of(draw_statement(paper(line(1, "寿 a\nb\t\x07c"))))

    def test_breaks_long_texts_and_loses_nothing_of_them(self) -> None:
        words = " ".join(f"word{number}" for number in range(60))
        said = words_of(draw_statement(paper(line(1, f"{words} {'x' * 200}"))))
        assert words in said
        assert said.count("x") >= 200

    def test_ends_what_is_too_long_for_a_page_in_an_ellipsis(self) -> None:
        said = words_of(draw_statement(paper(line(1, "word " * 2000), line(2))))
        assert "…" in said
        assert "Charge number 2" in said
        assert 50 < said.count("word") < 300

    def test_numbers_its_pages_and_repeats_the_heads(self) -> None:
        pages = pages_of(draw_statement(paper(*(line(number) for number in range(1, 101)))))
        assert len(pages) > 2
        for number, page in enumerate(pages, start=1):
            assert f"Page {number} of {len(pages)}" in page
            assert "Description" in page
            assert "Balance" in page
        told = " ".join(pages)
        assert [n for n in range(1, 101) if f"Charge number {n} " not in told] == []
        assert all("wal_1 · 2026-03-01" in page for page in pages[1:])

    def test_sets_figures_flush_right_so_that_the_points_stand_below_each_other(self) -> None:
        content = draw_statement(paper(line(5, "", 7), line(123_456, "", -89_999_900)))
        ends = []

        def note(text: str, _user: Any, matrix: Any, _font: Any, size: float) -> None:
            if re.fullmatch(r"−?[0-9,]+\.[0-9]{2}", text.strip()):
                ends.append(round(matrix[4] + fonts.width(text.strip(), fonts.REGULAR, size), 1))

        PdfReader(BytesIO(content)).pages[0].extract_text(visitor_text=note)
        rows = [end for end in ends if end > 300]
        assert {rows.count(end) for end in set(rows)} >= {2}

    def test_writes_amounts_as_people_read_them(self) -> None:
        btc = Asset("BTC", 8)
        yen = Asset("JPY", 0)
        assert grouped(Money(123_456_789_012, btc)) == "1,234.56789012"
        assert grouped(Money(-5, USD)) == "−0.05"
        assert grouped(Money(-123_456, USD)) == "−1,234.56"
        assert grouped(Money(1_000_000, yen)) == "1,000,000"


class TestAWalletsStatement:
    """For the customer who holds it."""

    def test_is_a_document_for_whoever_asks_for_one(self, api: Any) -> None:
        client, company = new_client("50.00"), new_company()
        take(company, client, "5.00")
        path = f"/wallets/{client.token}/statement"
        with override(house_name="Rialto", house_address="Campo 1, Venezia"):
            asked = [
                api.get(path, token=client.access_token, headers=PDF),
                api.get(f"{path}?format=pdf&time_zone=Europe/Kyiv", token=client.access_token),
            ]
        for answer in asked:
            assert answer.headers["Content-Type"] == "application/pdf"
            assert answer.headers["Content-Disposition"].startswith(
                'attachment; filename="statement-USD-beginning-'
            )
            said = words_of(answer.content)
            for part in ("Rialto", "Campo 1", "Top up", "Charge", "50.00", "45.00", "2 lines"):
                assert part in said
            assert client.token not in said
        assert "all times Europe/Kyiv" in words_of(asked[1].content)

    def test_says_whether_it_will_read_so_for_ever(self, api: Any) -> None:
        client = new_client("50.00")
        path = f"/wallets/{client.token}/statement"
        open_one = api.get(path, token=client.access_token).json()
        assert (open_one["settled"], open_one["closing"]["amount"]) == (False, "50.00")
        past = api.get(f"{path}?to=2026-01-01T00:00:00Z", token=client.access_token).json()
        assert (past["settled"], past["closing"]["amount"]) == (True, "0.00")

    def test_of_a_currency_never_held_is_an_empty_document(self, api: Any) -> None:
        client = new_client("50.00")
        path = f"/wallets/{client.token}/statement?currency=EUR"
        assert "0 lines" in words_of(api.get(path, token=client.access_token, headers=PDF).content)

    def test_has_no_end_of_lines(self, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        client = new_client("50.00")
        monkeypatch.setattr(papers, "LINES_MAX", 0)
        path = f"/wallets/{client.token}/statement?format=pdf"
        answer = api.get(path, token=client.access_token)
        assert (answer.status_code, answer.json()["code"]) == (409, "statement_too_long")

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ("time_zone=Mars/Base&format=pdf", "time_zone"),
            ("format=doc", "format"),
            ("from=x", "from"),
        ],
    )
    def test_is_not_given_for_what_cannot_be(self, api: Any, asked: str, field: str) -> None:
        client = new_client()
        answer = api.get(f"/wallets/{client.token}/statement?{asked}", token=client.access_token)
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_is_for_nobody_else(self, api: Any) -> None:
        client, other = new_client(), new_client()
        path = f"/wallets/{client.token}/statement"
        assert api.get(path, token=other.access_token, headers=PDF).status_code == 404


class TestAnAccountsStatement:
    """For the house's own people."""

    def test_shows_every_transfer_between_both_ends(self, api: Any) -> None:
        wallet, bank = open_wallet(), open_bank()
        give(wallet, 1000)
        held = hold(wallet, bank, 300)
        post(held, move(wallet, bank, 50, memo="=1+1"))
        post(end(held, Step.CAPTURE, 100))
        auditor = new_operator(StaffRole.AUDITOR)
        path = f"/ledger/accounts/{account(wallet).code}/statement"
        body = api.get(path, token=auditor).json()
        assert (body["opening"]["posted"], body["closing"]) == (
            "0.00",
            {"version": 4, "posted": "8.50", "held": "0.00", "available": "8.50"},
        )
        assert (body["debits"], body["credits"], body["transfers"]) == ("1.50", "10.00", 4)
        shown = [
            (one["step"], one["debit"], one["credit"], one["balance"]) for one in body["items"]
        ]
        assert shown == [
            ("post", "", "10.00", "10.00"),
            ("hold", "", "", "10.00"),
            ("post", "0.50", "", "9.50"),
            ("capture", "1.00", "", "8.50"),
        ]
        assert (body["settled"], body["next"]) == (False, None)
        csv = api.get(path, token=auditor, headers={"Accept": "text/csv"})
        rows = b"".join(csv.streaming_content).decode().splitlines()
        assert len(rows) == 5
        assert "'=1+1" in rows[3]
        said = words_of(api.get(f"{path}?format=pdf", token=auditor).content)
        for part in ("1 to 4", "Liability account", "hold of 3.00, nothing posted", "8.50"):
            assert part in said

    def test_runs_between_versions_or_instants_page_by_page(self, api: Any) -> None:
        wallet, bank = open_wallet(), open_bank()
        done = [post(move(bank, wallet, 1))[0] for _ in range(5)]
        auditor = new_operator(StaffRole.AUDITOR)
        path = f"/ledger/accounts/{account(wallet).code}/statement"
        part = api.get(f"{path}?from_version=1&to_version=4&limit=2", token=auditor).json()
        assert [one["version"] for one in part["items"]] == [2, 3]
        assert (part["opening"]["posted"], part["closing"]["posted"]) == ("0.01", "0.04")
        assert (part["settled"], part["next"]) == (True, 3)
        rest = api.get(f"{path}?from_version=1&to_version=4&after=3", token=auditor).json()
        assert [one["version"] for one in rest["items"]] == [4]
        ends = [f"{done[place].at:%Y-%m-%dT%H:%M:%S.%fZ}" for place in (1, 3)]
        with override(ledger_horizon_ms=0):
            between = api.get(f"{path}?from={ends[0]}&to={ends[1]}", token=auditor).json()
        assert [one["version"] for one in between["items"]] == [2, 3]
        assert between["settled"] is True

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ("from_version=2&to_version=1", "to"),
            ("from_version=9", "version"),
            ("from=2026-01-01T00:00:00Z&from_version=1", "from_version"),
            ("to=2026-01-01T00:00:00Z&to_version=1", "to_version"),
            ("to_version=-1", "to_version"),
        ],
    )
    def test_is_not_given_for_a_period_that_cannot_be(
        self, api: Any, asked: str, field: str
    ) -> None:
        wallet = open_wallet()
        post(*[move(open_bank(), wallet, 1) for _ in range(2)])
        path = f"/ledger/accounts/{account(wallet).code}/statement"
        answer = api.get(f"{path}?{asked}", token=new_operator(StaffRole.AUDITOR))
        assert (answer.status_code, answer.json()["field"]) == (422, field)

    def test_is_for_the_house_alone(self, api: Any) -> None:
        path = f"/ledger/accounts/{account(open_wallet()).code}/statement"
        assert api.get(path, token=new_client().access_token).status_code == 403
        unknown = f"/ledger/accounts/none:{uuid4().hex}/statement"
        assert api.get(unknown, token=new_operator(StaffRole.AUDITOR)).status_code == 404
