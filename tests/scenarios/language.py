"""Read the tables and run them line by line through the state machine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from fondaco.ledger.engine import Book
from fondaco.ledger.lines import Line, Position
from fondaco.ledger.types import (
    NO_ACCOUNT,
    AccountId,
    Step,
    Transfer,
    TransferId,
    UsageClaim,
)

START: Final = datetime(2026, 11, 21, 9, tzinfo=UTC)
_BANK: Final = "(bank)"
_DEBIT_NORMAL: Final = frozenset({"asset", "expense"})
_VERSION_7: Final = 0x7 << 76 | 0b10 << 62


class Story:
    """Hold the books of one table while its lines are read."""

    def __init__(self) -> None:
        """Begin with empty books at nine in the morning."""
        self.now = START
        self.names: dict[str, int] = {}
        self.accounts: dict[int, Position] = {}
        self.assets: dict[str, int] = {}
        self.ids: dict[str, UUID] = {}
        self.book = Book(at=self.now, accounts=self.accounts)
        self.claims: list[UsageClaim] = []
        self.group: list[tuple[Transfer, str]] | None = None
        self.words: set[str] = set()
        """The results that have come up."""

    def read(self, line: str) -> None:
        """Run one line; an unexpected result fails the test with the line in its message."""
        words = line.split()
        command: Callable[[Sequence[str]], None] | None = getattr(self, f"do_{words[0]}", None)
        if command is not None:
            command(words[1:])
            return
        asked, _, expected = line.partition("=>")
        transfer = self._transfer(asked.split())
        if self.group is not None:
            self.group.append((transfer, expected.strip()))
            return
        self._apply([(transfer, expected.strip())])

    def do_account(self, words: Sequence[str]) -> None:
        """Open an account."""
        name, asset, kind, *rest = words
        number = self.names.setdefault(name, len(self.names) + 1)
        floor = int(rest[rest.index("floor") + 1]) if "floor" in rest else None
        self.accounts[number] = Position(
            number,
            self.assets.setdefault(asset, len(self.assets) + 1),
            floor,
            debit_normal=kind in _DEBIT_NORMAL,
            frozen="frozen" in rest,
            closed="closed" in rest,
        )

    def do_given(self, words: Sequence[str]) -> None:
        """Bring money into an account from outside, so that it has a balance to begin with."""
        name, amount = words
        position = self.accounts[self.names[name]]
        if position.debit_normal:
            position.debits_posted += int(amount)
        else:
            position.credits_posted += int(amount)

    def do_group(self, _words: Sequence[str]) -> None:
        """Begin lines that succeed or fail together."""
        self.group = []

    def do_end(self, _words: Sequence[str]) -> None:
        """Apply the lines since ``group`` together."""
        group, self.group = self.group or [], None
        linked = [transfer._replace(linked=True) for transfer, _ in group[:-1]]
        last = [transfer for transfer, _ in group[-1:]]
        self._apply(
            [
                (transfer, expected)
                for transfer, (_, expected) in zip([*linked, *last], group, strict=True)
            ]
        )

    def do_claim(self, words: Sequence[str]) -> None:
        """Count the next line or group against a limit."""
        counter, amount, *rest = words
        claim = UsageClaim(counter=counter, window="today", amount=int(amount))
        limits = " ".join(rest).split("at most")[1:]
        for limit in limits:
            number, *unit = limit.split()
            claim = _limited(claim, int(number), times=bool(unit))
        self.claims.append(claim)

    def do_freeze(self, words: Sequence[str]) -> None:
        """Freeze an account."""
        self.accounts[self.names[words[0]]].frozen = True

    def do_unfreeze(self, words: Sequence[str]) -> None:
        """Unfreeze an account."""
        self.accounts[self.names[words[0]]].frozen = False

    def do_close(self, words: Sequence[str]) -> None:
        """Close an account."""
        self.accounts[self.names[words[0]]].closed = True

    def do_floor(self, words: Sequence[str]) -> None:
        """Set an account's floor."""
        self.accounts[self.names[words[0]]].floor = int(words[1])

    def do_after(self, words: Sequence[str]) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=int(words[0]))
        old = self.book
        self.book = Book(
            at=self.now,
            accounts=self.accounts,
            known=old.known,
            holds=old.holds,
            usage=old.usage,
        )

    def do_balance(self, words: Sequence[str]) -> None:
        """Compare an account's balance, and what is held out of it."""
        name, posted, *rest = words
        position = self.accounts[self.names[name]]
        held = int(rest[1]) if rest else 0
        assert (position.balance, position.held) == (int(posted), held), f"balance of {name}"

    def do_version(self, words: Sequence[str]) -> None:
        """Compare how many transfers have touched an account."""
        assert self.accounts[self.names[words[0]]].version == int(words[1]), (
            f"version of {words[0]}"
        )

    def _apply(self, asked: Sequence[tuple[Transfer, str]]) -> None:
        claims, self.claims = self.claims, []
        lines = self.book.apply([transfer for transfer, _ in asked], claims)
        assert len(lines) == len(asked)
        results = [_word(line) for line in lines]
        assert results == [expected for _, expected in asked]
        self.words.update(line.result.value for line in lines)

    def _transfer(self, words: Sequence[str]) -> Transfer:
        dated = words[0] if words[0] in {"old", "random"} else ""
        name, *rest = words[1:] if dated else words
        id_ = TransferId(self._id(name, dated))
        if rest[0] in {"capture", "void"}:
            return Transfer(
                id=id_,
                debit=NO_ACCOUNT,
                credit=NO_ACCOUNT,
                amount=int(rest[2]) if len(rest) > 2 else 0,
                kind="story.line",
                step=Step(rest[0]),
                hold_id=TransferId(self._id(rest[1], "")),
            )
        debit, _, credit, amount, *more = rest
        minutes = int(more[2]) if "for" in more else None
        return Transfer(
            id=id_,
            debit=AccountId(self.names.get(debit, 0)),
            credit=AccountId(self.names.get(credit, 0)),
            amount=int(amount),
            kind="story.line",
            step=Step.HOLD if "hold" in more else Step.POST,
            expires_at=None if minutes is None else self.now + timedelta(minutes=minutes),
            memo=" ".join(more[more.index("memo") + 1 :]) if "memo" in more else "",
        )

    def _id(self, name: str, dated: str) -> UUID:
        at = self.now - timedelta(hours=25) if dated == "old" else self.now
        version = 0x4 << 76 if dated == "random" else _VERSION_7
        made = UUID(int=int(at.timestamp() * 1000) << 80 | version | len(self.ids))
        return self.ids.setdefault(name, made)


def run(path: Path) -> Story:
    """Run one table."""
    story = Story()
    for number, line in _lines(path):
        try:
            story.read(line)
        except AssertionError as error:
            raise AssertionError(f"{path.name}:{number}: {line}: {error}") from error
    assert story.group is None, f"{path.name}: a group without an end"
    return story


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        line = text.partition("#")[0].strip()
        if line:
            yield number, line


def _limited(claim: UsageClaim, number: int, *, times: bool) -> UsageClaim:
    if times:
        return replace(claim, count_max=number)
    return replace(claim, amount_max=number)


def _word(line: Line) -> str:
    if line.original is not None:
        return f"{line.result.value} {line.original.value}"
    return line.result.value
