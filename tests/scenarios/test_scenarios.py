"""The ledger's rules, told as tables."""

from pathlib import Path

import pytest

from fondaco.ledger.types import Result
from tests.scenarios import language

TABLES = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("table", TABLES, ids=[table.stem for table in TABLES])
def test_every_line_has_the_result_that_it_names(table: Path) -> None:
    """Run one table."""
    language.run(table)


class TestTables:
    """The tables together."""

    def test_name_every_result_that_a_transfer_can_have(self) -> None:
        """A result without a line would be a rule that nobody has looked at."""
        named = {word for table in TABLES for word in language.run(table).words}
        assert named == {result.value for result in Result}

    def test_notice_a_wrong_result(self, tmp_path: Path) -> None:
        """A table that expects what does not happen fails, with its line."""
        table = tmp_path / "wrong.txt"
        table.write_text(
            "account a USD liability\naccount b USD liability\nT1 a -> b 5 => voided\n"
        )
        with pytest.raises(AssertionError, match=r"wrong\.txt:3"):
            language.run(table)
