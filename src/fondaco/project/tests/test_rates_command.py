"""``fondaco rates``: the central bank's file becomes the price of a pair."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.market.queries.rates import get_rate
from fondaco.market.states import CurrencyKind, SourceKind
from fondaco.market.tests.cast import new_currency, new_pair, new_source
from fondaco.money import Asset
from fondaco.project.cli import app

pytestmark = pytest.mark.usefixtures("tenant")

EUR = Asset("EUR", 2)
DAY_S = 86_400
FIAT = CurrencyKind.FIAT


@pytest.fixture
def run() -> Callable[..., Result]:
    runner = CliRunner(env={"COLUMNS": "200"})
    return lambda *words: runner.invoke(app, ("rates", *words))


def write(folder: Path, code: str, rate: str, *, days_ago: int) -> str:
    """Write a file as the bank does, newest day first."""
    day, before = (clock.today() - timedelta(days=days_ago + ago) for ago in (0, 1))
    path = folder / "eurofxref-hist.csv"
    path.write_text(f"Date,{code},\n{day},{rate},\n{before},9.99,\n")
    return str(path)


class TestRates:
    def test_take_the_newest_day_in(self, run: Callable[..., Result], tmp_path: Path) -> None:
        source, coin = new_source(SourceKind.ECB, max_age_s=5 * DAY_S), new_currency(2, FIAT)
        pair = new_pair(EUR, coin, sources=(source.code,))
        file = write(tmp_path, coin.code, "1.25", days_ago=1)
        tenant = tenancy.current().name
        told = run(file, "--source", source.code, "--tenant", tenant)
        assert told.exit_code == 0, told.output
        assert "has 1 rates" in told.output
        assert get_rate(pair=pair.name).price == Decimal("1.25")

    def test_of_an_older_file_change_nothing(
        self, run: Callable[..., Result], tmp_path: Path
    ) -> None:
        source, coin = new_source(SourceKind.ECB, max_age_s=5 * DAY_S), new_currency(2, FIAT)
        pair = new_pair(EUR, coin, sources=(source.code,))
        options = ("--source", source.code, "--tenant", tenancy.current().name)
        assert run(write(tmp_path, coin.code, "1.25", days_ago=1), *options).exit_code == 0
        assert run(write(tmp_path, coin.code, "1.40", days_ago=2), *options).exit_code != 0
        assert get_rate(pair=pair.name).price == Decimal("1.25")

    def test_are_not_taken_from_what_is_no_such_file(
        self, run: Callable[..., Result], tmp_path: Path
    ) -> None:
        path = tmp_path / "letter.csv"
        path.write_text("Dear bank,\nwhere are the rates?\n")
        refused = run(str(path), "--source", new_source(SourceKind.ECB).code)
        assert refused.exit_code == 2
