"""The page on OWASP ASVS tells the truth: each verdict that claims something names a test that exists."""

import re

from tests.house.pages import ROOT
from tests.house.test_coverage_table import exists

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ?(?:`([^`]+)` )?\|$")
LINES = (ROOT / "docs/asvs.md").read_text(encoding="utf-8").splitlines()
ROWS = [match.groups() for match in map(ROW.match, LINES) if match]
CLAIMS = {"met", "partly"}


class TestThePage:
    def test_has_each_requirement_once(self) -> None:
        numbers = [row[0] for row in ROWS]
        assert len(numbers) == len(set(numbers))
        counted = {chapter: sum(n.startswith(chapter) for n in numbers) for chapter in CHAPTERS}
        assert counted == CHAPTERS
        assert len(ROWS) == sum(
            line.startswith(("| 6.", "| 7.", "| 8.", "| 9.", "| 10.")) for line in LINES
        )

    def test_uses_four_verdicts(self) -> None:
        assert {row[2] for row in ROWS} <= CLAIMS | {"not yet", "n/a"}

    def test_names_a_test_that_exists_for_each_claim(self) -> None:
        wrong = [row[0] for row in ROWS if row[2] in CLAIMS and not exists(row[4] or "")]
        assert wrong == []


CHAPTERS = {"6.": 35, "7.": 18, "8.": 7, "9.": 7, "10.": 29}
"""How many requirements of levels 1 and 2 each chapter has."""
