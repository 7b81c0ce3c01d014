"""The outside world: a bank that is late, repeats itself, lies about amounts, fails, and sometimes is dead.

What it says in a notice proves nothing. A job asks it for the deposit, and credits what the books of the bank
say, once for each deposit; that is how the platform's own providers have to be used.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import callbacks, jobs
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError, Kind
from fondaco.kit.ids import decode
from fondaco.money import Asset, Money
from fondaco.wallets.actions.topups import post_top_up
from fondaco.wallets.types import Funding, Grounds, Once, WalletId

NAME: Final = "simbank"
ACCOUNT: Final = "house"
BY: Final = Actor(ActorKind.PROVIDER, NAME)
TOLD_FOR: Final = timedelta(days=20)
"""How long the bank tells of a deposit; the platform keeps the keys of what it credited for thirty days."""
_TRIES: Final = 12


class BankIsDead(DomainError):
    """Say that the bank does not answer; another try may meet a living one."""

    code = "bank_is_dead"
    kind = Kind.UNAVAILABLE
    title = "The bank does not answer."


class NoSuchDeposit(DomainError):
    """Say that the notice was about nothing."""

    code = "no_such_deposit"
    kind = Kind.NOT_FOUND
    title = "The bank knows no such deposit."


@dataclass(frozen=True, slots=True)
class Deposit:
    """Hold what the bank's own books say."""

    reference: str
    tenant: str
    wallet: str
    """The customer's name."""
    wallet_id: str
    currency: str
    amount: int
    at: datetime


@dataclass(slots=True)
class Bank:
    """Hold deposits and the notices that are still to be sent."""

    random: Random
    deposits: dict[str, Deposit] = field(default_factory=dict)
    notices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Tenant and body; the order is as bad as the bank."""
    dead_for: int = 0
    """Questions that it will not answer."""
    heard: list[tuple[str, str]] = field(default_factory=list)
    """Credits that the platform answered since the last look: reference and code."""

    def take(self, deposit: Deposit) -> None:
        """Take a deposit, and plan its notices: one to three, some of them with a wrong amount."""
        self.deposits[deposit.reference] = deposit
        for _ in range(self.random.randint(1, 3)):
            said = deposit.amount
            if self.random.random() < 0.3:  # noqa: PLR2004 - a third are lies
                said = self.random.choice([said * 10, said + 1, 1])
            body = {"reference": deposit.reference, "amount": said}
            self.notices.insert(self.random.randint(0, len(self.notices)), (deposit.tenant, body))

    def invent(self, tenant: str, number: int) -> None:
        """Plan a notice about a deposit that never was."""
        self.notices.append((tenant, {"reference": f"ghost{number}", "amount": 1_000_000}))

    def find(self, reference: str) -> Deposit:
        """Answer what the bank's own books say.

        :raises BankIsDead: it does not answer
        :raises NoSuchDeposit: it knows of none, or no longer
        """
        if self.dead_for:
            self.dead_for -= 1
            raise BankIsDead
        found = self.deposits.get(reference)
        if found is None or clock.now() > found.at + TOLD_FOR:
            raise NoSuchDeposit
        return found

    # --- the platform's side of it: what it registers for the bank ---------------------------------------
    def knows(self, key: str) -> bool:
        """Tell whether the house has an account there."""
        return key == ACCOUNT

    def verify(self, notice: callbacks.Notice) -> None:
        """Have a job ask the bank; the notice itself credits nothing."""
        jobs.defer(self.credit, reference=str(json.loads(notice.body)["reference"]))

    def __post_init__(self) -> None:
        """Take the bank's notices."""
        callbacks.register(NAME, self)

        def credit(*, reference: str) -> None:
            self._credit(reference)

        self.credit = jobs.task(
            queue="simulation", name="simulation.credit", retry=jobs.Retry(tries=_TRIES)
        )(credit)

    credit: Any = field(init=False, repr=False)

    def _credit(self, reference: str) -> None:
        deposit = self.find(reference)
        amount = Money(deposit.amount, Asset(deposit.currency, 2))
        codes: list[str] = []

        def done(_result: object) -> Answer:
            codes.append("done")
            return Answer(201, b"done")

        def refused(error: DomainError) -> Answer:
            return Answer(error.kind.value, error.code.encode())

        answered = post_top_up(
            ask=Funding(
                wallet_id=WalletId(decode("wal", deposit.wallet_id)),
                amount=amount,
                summary=reference,
            ),
            grounds=Grounds(reason="deposit", evidence=reference),
            once=Once(
                Key.make(scope=NAME, operation="deposit", key=reference, body=str(amount).encode()),
                done,
                refused,
            ),
            by=BY,
        )
        self.heard.append((reference, answered.answer.body.decode()))
