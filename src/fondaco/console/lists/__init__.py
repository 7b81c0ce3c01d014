"""Lists for the house's own people: one description each, one template for all.

Invariants: totals and the export are of the whole filtered set, not of the page that is seen; a list works
without scripts; no cell of an export is taken for a formula by a spreadsheet.
"""

from fondaco.console.lists.described import (
    Asked,
    Badge,
    Choice,
    Column,
    OperatorList,
    Total,
    held_rows,
    page_by_cursor,
    totals_by_reading,
    totals_of,
)
from fondaco.console.lists.showing import is_of_list, show_list

__all__ = [
    "Asked",
    "Badge",
    "Choice",
    "Column",
    "OperatorList",
    "Total",
    "held_rows",
    "is_of_list",
    "page_by_cursor",
    "show_list",
    "totals_by_reading",
    "totals_of",
]
