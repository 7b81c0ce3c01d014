"""The state machine against a plain second writing of its rules, for any batch."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings, strategies as st

from fondaco.ledger.engine import Book
from fondaco.ledger.lines import Position
from fondaco.ledger.tests.naive import DIGITS_39, NaiveAccount, NaiveLedger
from fondaco.ledger.types import AccountId, Result, Step, Transfer, TransferId, UsageClaim

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
IDS = [
    TransferId(UUID(int=int(NOW.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62 | number))
    for number in range(12)
]
ACCOUNTS = {
    1: NaiveAccount("USD", debit_normal=False, floor=0),
    2: NaiveAccount("USD", debit_normal=False, floor=0),
    3: NaiveAccount("USD", debit_normal=True, floor=-20),
    4: NaiveAccount("USD", debit_normal=True),
    5: NaiveAccount("EUR", debit_normal=False),
    6: NaiveAccount("USD", debit_normal=False, frozen=True),
    7: NaiveAccount("USD", debit_normal=False, closed=True),
}
AMOUNTS = st.one_of(st.integers(-1, 60), st.sampled_from([DIGITS_39 - 1, DIGITS_39]))
COMMON = st.sampled_from([1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8])


@st.composite
def transfers(draw: st.DrawFn) -> Transfer:
    """Make any transfer; ids are few, so that they come up again."""
    step = draw(st.sampled_from([Step.POST, Step.POST, Step.HOLD, Step.CAPTURE, Step.VOID]))
    ends = step in (Step.CAPTURE, Step.VOID)
    sides = st.sampled_from([0, 0, 0, 1, 2]) if ends else COMMON
    return Transfer(
        id=draw(st.sampled_from(IDS)),
        debit=AccountId(draw(sides)),
        credit=AccountId(draw(sides)),
        amount=draw(st.one_of(st.just(0), AMOUNTS) if ends else AMOUNTS),
        kind=draw(st.sampled_from(["a.b", "a.b", "a.c"])),
        step=step,
        hold_id=draw(st.sampled_from(IDS)) if ends else None,
        linked=draw(st.sampled_from([False, False, True])),
        expires_at=draw(st.sampled_from([None, NOW, NOW + timedelta(hours=1)])),
        metadata=draw(st.sampled_from([{}, {}, {"a": 1}])),
    )


CLAIMS = st.lists(
    st.builds(
        UsageClaim,
        counter=st.sampled_from(["x", "y"]),
        window=st.just("today"),
        amount=st.integers(0, 30),
        amount_max=st.one_of(st.none(), st.integers(0, 60)),
        count_max=st.one_of(st.none(), st.integers(1, 3)),
    ),
    max_size=2,
)
BATCHES = st.lists(
    st.tuples(st.lists(transfers(), min_size=1, max_size=6), CLAIMS), min_size=1, max_size=6
)


def positions() -> dict[int, Position]:
    """Open the accounts for the engine."""
    return {
        number: Position(
            number,
            ord(account.asset[0]),
            account.floor,
            debit_normal=account.debit_normal,
            frozen=account.frozen,
            closed=account.closed,
        )
        for number, account in ACCOUNTS.items()
    }


def in_groups(batch: list[Transfer], *, whole: bool) -> list[list[Transfer]]:
    """Cut a batch where it is not linked."""
    if whole:
        return [batch]
    groups: list[list[Transfer]] = [[]]
    for transfer in batch:
        groups[-1].append(transfer)
        if not transfer.linked:
            groups.append([])
    return [group for group in groups if group]


class TestBook:
    """The state machine."""

    @given(BATCHES)
    @settings(max_examples=250, deadline=None)
    def test_decides_as_the_plain_rules_do(
        self, batches: list[tuple[list[Transfer], list[UsageClaim]]]
    ) -> None:
        """Results, totals and versions agree after every batch."""
        book = Book(at=NOW, accounts=positions())
        naive = NaiveLedger(ACCOUNTS, NOW)
        for batch, claims in batches:
            lines = book.apply(batch, claims)
            expected: list[Result] = []
            for group in in_groups(batch, whole=bool(claims)):
                expected += naive.submit(group, claims)
            assert [line.result for line in lines] == expected
            for number, position in book.accounts.items():
                totals = (
                    position.debits_posted,
                    position.credits_posted,
                    position.debits_pending,
                    position.credits_pending,
                )
                assert totals == naive.totals(number)
                assert position.version == naive.version(number)

    @given(BATCHES)
    @settings(max_examples=100, deadline=None)
    def test_keeps_money_floors_and_running_balances(
        self, batches: list[tuple[list[Transfer], list[UsageClaim]]]
    ) -> None:
        """Whatever is asked: sums are kept, floors hold, versions have no gap, balances run on."""
        book = Book(at=NOW, accounts=positions())
        versions: dict[int, list[int]] = {number: [] for number in ACCOUNTS}
        for batch, claims in batches:
            for line in book.apply(batch, claims):
                if line.result in (Result.POSTED, Result.PENDING, Result.VOIDED):
                    versions[line.debit].append(line.debit_version)
                    versions[line.credit].append(line.credit_version)
        everyone = book.accounts.values()
        assert sum(p.debits_posted for p in everyone) == sum(p.credits_posted for p in everyone)
        assert sum(p.debits_pending for p in everyone) == sum(p.credits_pending for p in everyone)
        for position in everyone:
            assert position.balance - position.held >= position.floor
            assert versions[position.id] == list(range(1, position.version + 1))

    def test_gives_a_replay_the_first_outcome(self) -> None:
        """What a replay is told is what was told the first time, not what holds now."""
        book = Book(at=NOW, accounts=positions())
        first = Transfer(id=IDS[0], debit=AccountId(4), credit=AccountId(1), amount=50, kind="a.b")
        again = first._replace(expires_at=NOW)
        more = first._replace(id=IDS[1])
        (before,) = book.apply([first])
        book.apply([more])
        (after,) = book.apply([again])
        assert after.outcome() == before.outcome()._replace(result=Result.EXISTS)
        assert (after.outcome().credit_available, after.outcome().is_done) == (50, True)

    def test_gives_a_replayed_refusal_its_reason(self) -> None:
        """The caller of a replayed refusal is told why it was refused the first time."""
        book = Book(at=NOW, accounts=positions())
        asked = Transfer(id=IDS[0], debit=AccountId(1), credit=AccountId(2), amount=5, kind="a.b")
        assert book.apply([asked])[0].outcome().reason is Result.INSUFFICIENT_FUNDS
        outcome = book.apply([asked])[0].outcome()
        assert outcome.result is Result.ALREADY_REJECTED
        assert outcome.reason is Result.INSUFFICIENT_FUNDS
        assert not outcome.is_done

    def test_takes_ids_of_a_day_before_and_after(self) -> None:
        """The window is 24 hours to either side, to the millisecond."""
        for hours, milliseconds, result in [
            (24, 0, Result.POSTED),
            (24, 1, Result.ID_OUT_OF_WINDOW),
            (-24, 0, Result.POSTED),
            (-24, -1, Result.ID_OUT_OF_WINDOW),
        ]:
            at = NOW + timedelta(hours=hours, milliseconds=milliseconds)
            number = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62
            asked = Transfer(
                id=TransferId(UUID(int=number)),
                debit=AccountId(4),
                credit=AccountId(1),
                amount=1,
                kind="a.b",
            )
            assert Book(at=NOW, accounts=positions()).apply([asked])[0].result is result

    def test_finds_a_hold_between_its_own_accounts_only(self) -> None:
        """Who names accounts names the hold's, or there is no such hold."""
        book = Book(at=NOW, accounts=positions())
        held = Transfer(
            id=IDS[0], debit=AccountId(4), credit=AccountId(1), amount=5, kind="a.b", step=Step.HOLD
        )
        assert book.apply([held])[0].result is Result.PENDING
        for number, (debit, credit, result) in enumerate(
            [
                (1, 0, Result.PENDING_NOT_FOUND),
                (0, 4, Result.PENDING_NOT_FOUND),
                (4, 1, Result.POSTED),
            ],
            start=1,
        ):
            asked = Transfer(
                id=IDS[number],
                debit=AccountId(debit),
                credit=AccountId(credit),
                amount=0,
                kind="a.b",
                step=Step.CAPTURE,
                hold_id=held.id,
            )
            assert book.apply([asked])[0].result is result

    def test_ends_no_hold_without_naming_it(self) -> None:
        """A capture that names none finds none."""
        book = Book(at=NOW, accounts=positions())
        nothing = Transfer(
            id=IDS[0], debit=AccountId(0), credit=AccountId(0), amount=0, kind="a.b", step=Step.VOID
        )
        assert book.apply([nothing])[0].result is Result.PENDING_NOT_FOUND

    def test_dates_nothing_before_what_the_account_has_seen(self) -> None:
        """The later of both accounts decides, for this transfer and all after it."""
        accounts = positions()
        accounts[1].touched_us = 2_000_000_000_000_000
        book = Book(at=NOW, accounts=accounts)
        first, second, other = (
            Transfer(id=IDS[n], debit=AccountId(4), credit=AccountId(c), amount=1, kind="a.b")
            for n, c in enumerate((1, 2, 3))
        )
        later = datetime(2033, 5, 18, 3, 33, 20, tzinfo=UTC)
        assert [line.at for line in book.apply([first, second])] == [later, later]
        assert accounts[2].touched_us == 2_000_000_000_000_000
        accounts[4].touched_us = 0
        assert book.apply([other])[0].at == NOW

    def test_counts_what_left_an_account_of_the_debit_side_against_its_floor(self) -> None:
        """Thirty in and ten out leave twenty, and twenty more that the floor allows."""
        book = Book(at=NOW, accounts=positions())
        results = [
            book.apply(
                [
                    Transfer(
                        id=IDS[number],
                        debit=AccountId(debit),
                        credit=AccountId(credit),
                        amount=amount,
                        kind="a.b",
                    )
                ]
            )[0].result
            for number, (debit, credit, amount) in enumerate(
                [(3, 1, 30), (4, 3, 10), (4, 3, 41), (4, 3, 40), (4, 3, 1)]
            )
        ]
        assert results == [
            Result.POSTED,
            Result.POSTED,
            Result.INSUFFICIENT_FUNDS,
            Result.POSTED,
            Result.INSUFFICIENT_FUNDS,
        ]

    def test_dates_to_the_microsecond_in_any_century(self) -> None:
        """Where a float would be several microseconds off."""
        at = datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
        number = 32_503_679_999_999 << 80 | 0x7 << 76 | 0b10 << 62
        asked = Transfer(
            id=TransferId(UUID(int=number)),
            debit=AccountId(4),
            credit=AccountId(1),
            amount=1,
            kind="a.b",
        )
        accounts = positions()
        (line,) = Book(at=at, accounts=accounts).apply([asked])
        assert (line.result, line.at) == (Result.POSTED, at)
        assert accounts[1].touched_us == accounts[4].touched_us == 32_503_679_999_999_999
