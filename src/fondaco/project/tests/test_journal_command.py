"""``fondaco proofs liabilities``, ``ledger export`` and ``ledger import-balances`` as they are typed."""

import csv
import io
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from fondaco.kit import clock
from fondaco.kit.ids import encode
from fondaco.ledger import queries
from fondaco.ledger.tests.books import move, open_bank, open_wallet, post
from fondaco.project.cli import app
from fondaco.proofs.liabilities import REPORT_PREFIX
from fondaco.proofs.queries.liabilities import list_reports

pytestmark = pytest.mark.usefixtures("tenant")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--tenant", "alpha"])


class TestExport:
    def test_writes_a_period_into_a_new_file(self, tmp_path: Path) -> None:
        done = move(open_bank(), open_wallet(), 5)
        post(done)
        target, day = tmp_path / "journal.csv", f"{clock.today():%Y-%m-%d}"
        wrote = run("ledger", "export", target, "--from", day)
        assert wrote.exit_code == 0, wrote.output
        rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))
        assert encode("tr", done.id) in {row["id"] for row in rows}
        assert f"{len(rows):,} transfers are in" in wrote.output
        assert run("ledger", "export", target).exit_code != 0
        empty = tmp_path / "none.csv"
        assert run("ledger", "export", empty, "--to", "2001-01-01").exit_code == 0
        assert len(empty.read_text(encoding="utf-8").splitlines()) == 1


class TestImportBalances:
    def test_shows_then_posts_once(self, tmp_path: Path) -> None:
        code = f"banks:{uuid4().hex}:USD"
        file = tmp_path / "balances.csv"
        file.write_text(f"account,currency,amount,kind\n{code},USD,12.50,asset\n", encoding="utf-8")
        dry = run("ledger", "import-balances", file, "--dry-run")
        assert dry.exit_code == 0, dry.output
        assert f"line 2: {code} → equity:opening:USD  12.50 USD" in dry.output
        assert queries.find_account(code=code) is None
        assert "are posted: 12.50 USD" in run("ledger", "import-balances", file).output
        assert "posted before" in run("ledger", "import-balances", file).output
        assert queries.get_account(code=code).posted.to_text() == "12.50"

    def test_names_each_faulty_line(self, tmp_path: Path) -> None:
        file = tmp_path / "balances.csv"
        file.write_text("account,currency,amount\nbanks:x:USD,USD,1\n,USD,2\n", encoding="utf-8")
        found = run("ledger", "import-balances", file)
        assert found.exit_code == 1
        assert "✗ line 2, kind:" in found.output
        assert "✗ line 3, account:" in found.output


def test_proofs_are_made_by_hand_too() -> None:
    """With the roots printed."""
    made = run("proofs", "liabilities")
    assert made.exit_code == 0, made.output
    assert f"alpha: {encode(REPORT_PREFIX, list_reports(limit=1).items[0].id)}" in made.output
