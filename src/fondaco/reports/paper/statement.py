"""A statement of one account in one currency: letterhead, both ends, every move with the balance after it."""

from typing import Final

from fondaco.money import Money
from fondaco.reports.paper import fonts
from fondaco.reports.paper.fonts import REGULAR, STRONG
from fondaco.reports.paper.sheet import ACCENT, LEFT, MUTED, RIGHT, WIDTH, Frame, Sheet
from fondaco.reports.paper.table import Row, Table, width_of
from fondaco.reports.types import StatementPaper

_MINUTE: Final = "%Y-%m-%d %H:%M"
_FACTS_AT: Final = WIDTH / 2 + 10
_VALUES_AT: Final = _FACTS_AT + 70


def draw_statement(paper: StatementPaper) -> bytes:
    """Give the statement as PDF; instants must be in the statement's time zone already."""
    sheet = Sheet(
        Frame(
            house=paper.house,
            address=paper.address,
            title="Statement of account",
            running=f"{paper.account} · {_period(paper)}",
            foot=f"Issued {paper.issued_at.strftime(_MINUTE)} · all times {paper.zone}",
        )
    )
    _draw_facts(sheet, paper)
    _draw_summary(sheet, paper)
    _draw_lines(sheet, paper)
    if not paper.is_settled:
        note = "The period has not ended: what is still to come of it is not shown."
        sheet.y -= 4
        if not sheet.has_room(12):
            sheet.turn()
        sheet.text(LEFT + 4, note, size=8, colour=MUTED)
    return sheet.finish()


def grouped(amount: Money) -> str:
    """Write an amount with commas between thousands and a true minus."""
    whole, point, places = amount.to_text().partition(".")
    return (
        f"{int(whole):,}".replace("-", "−") + point + places
        if whole != "-0"
        else (f"−0{point}{places}")
    )


def _draw_facts(sheet: Sheet, paper: StatementPaper) -> None:
    begun = sheet.y
    for number, line in enumerate(paper.holder):
        font, size = (STRONG, 11.0) if number == 0 else (REGULAR, 9.0)
        for part in fonts.wrapped(line, font, size, _FACTS_AT - LEFT - 14):
            sheet.text(LEFT, part, font=font, size=size)
            sheet.y -= 14
    ended, sheet.y = sheet.y, begun
    for label, value in (
        (paper.account_label, paper.account),
        ("Currency", paper.opening.asset.code),
        ("Period", _period(paper)),
    ):
        sheet.text(_FACTS_AT, label, size=8.5, colour=MUTED)
        for part in fonts.wrapped(value, REGULAR, 8.5, RIGHT - _VALUES_AT):
            sheet.text(_VALUES_AT, part, size=8.5)
            sheet.y -= 13
    sheet.y = min(sheet.y, ended) - 16


def _draw_summary(sheet: Sheet, paper: StatementPaper) -> None:
    out, into = paper.heads
    boxes = (
        ("Opening balance", paper.opening),
        (out, paper.paid_out),
        (into, paper.paid_in),
        ("Closing balance", paper.closing),
    )
    step = (RIGHT - LEFT) / len(boxes)
    sheet.band(above=14, below=28)
    top = sheet.y
    for number, (label, amount) in enumerate(boxes):
        sheet.y = top - 1
        sheet.text(LEFT + 10 + step * number, label, size=7.5, colour=MUTED)
        sheet.y = top - 17
        written = grouped(amount)
        size = min(11.5, 11.5 * (step - 16) / max(fonts.width(written, STRONG, 11.5), 1))
        colour = ACCENT if number in {0, len(boxes) - 1} else MUTED
        sheet.text(LEFT + 10 + step * number, written, font=STRONG, size=size, colour=colour)
    sheet.y = top - 58


def _draw_lines(sheet: Sheet, paper: StatementPaper) -> None:
    out, into = paper.heads
    spent = [grouped(line.out) for line in paper.lines if line.out]
    got = [grouped(line.into) for line in paper.lines if line.into]
    balances = [grouped(line.balance) for line in paper.lines]
    table = Table(
        sheet,
        heads=("Date", "Description", out, into, "Balance"),
        figure_widths=(
            width_of([*spent, grouped(paper.paid_out)], out),
            width_of([*got, grouped(paper.paid_in)], into),
            width_of([*balances, grouped(paper.opening), grouped(paper.closing)], "Balance"),
        ),
    )
    first = paper.since.strftime(_MINUTE) if paper.since else ""
    table.add(
        Row(
            first=first,
            text="Opening balance",
            figures=("", "", grouped(paper.opening)),
            is_strong=True,
        )
    )
    for line in paper.lines:
        table.add(
            Row(
                first=line.at.strftime(_MINUTE),
                text=line.text,
                small=line.small,
                figures=(
                    grouped(line.out) if line.out else "",
                    grouped(line.into) if line.into else "",
                    grouped(line.balance),
                ),
            )
        )
    table.add(
        Row(
            first=paper.until.strftime(_MINUTE),
            text="Closing balance",
            small=f"{len(paper.lines)} line{'' if len(paper.lines) == 1 else 's'}",
            figures=(grouped(paper.paid_out), grouped(paper.paid_in), grouped(paper.closing)),
            is_strong=True,
        )
    )


def _period(paper: StatementPaper) -> str:
    begun = paper.since.strftime(_MINUTE) if paper.since else "the beginning"
    return f"{begun} to {paper.until.strftime(_MINUTE)}"
