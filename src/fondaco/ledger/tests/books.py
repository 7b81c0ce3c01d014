"""Accounts and transfers for the ledger's tests, and many threads at once."""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connections, transaction

from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions, queries
from fondaco.ledger.dating import least_id
from fondaco.ledger.types import (
    NO_ACCOUNT,
    Account,
    AccountId,
    AccountKind,
    Outcome,
    Result,
    Step,
    Transfer,
    TransferId,
)
from fondaco.money import Asset

USD: Final = Asset("USD", 2)
BY: Final = Actor(ActorKind.SYSTEM, "tests")
KIND: Final = actions.declare_kind("tests.move")


def open_wallet(*, floor: int | None = 0, asset: Asset = USD) -> AccountId:
    """Open an empty account of a customer."""
    return _open("wallets", AccountKind.LIABILITY, floor, asset)


def open_bank(*, asset: Asset = USD) -> AccountId:
    """Open an account of what the house holds, which may go either way."""
    return _open("providers", AccountKind.ASSET, None, asset)


def give(wallet: AccountId, amount: int) -> None:
    """Bring money in from a bank of its own."""
    assert results(move(open_bank(), wallet, amount)) == [Result.POSTED]


def give_each(wallets: Iterable[AccountId], amount: int) -> None:
    """Bring money into many wallets."""
    bank = open_bank()
    outcomes = post(*[move(bank, wallet, amount) for wallet in wallets])
    assert all(outcome.is_done for outcome in outcomes)


def between(sides: Sequence[AccountId], amount: int) -> Transfer:
    """Ask for a movement from the first of two accounts to the second."""
    debit, credit = sides
    return move(debit, credit, amount)


def move(debit: AccountId, credit: AccountId, amount: int, **more: Any) -> Transfer:
    """Ask for a movement under a new id."""
    made: dict[str, Any] = {"id": TransferId(uuid7()), "kind": KIND, **more}
    return Transfer(debit=debit, credit=credit, amount=amount, **made)


def dated_id() -> TransferId:
    """Make an id that is dated by the clock as a test has set it."""
    return TransferId(UUID(int=least_id(clock.now()).int | uuid7().int & (1 << 80) - 1))


def hold(debit: AccountId, credit: AccountId, amount: int, **more: Any) -> Transfer:
    """Ask for a reservation under a new id."""
    return move(debit, credit, amount, step=Step.HOLD, **more)


def end(held: Transfer, step: Step, amount: int = 0, **more: Any) -> Transfer:
    """Ask to capture or void a hold."""
    return move(NO_ACCOUNT, NO_ACCOUNT, amount, step=step, hold_id=held.id, **more)


def post(*transfers: Transfer) -> list[Outcome]:
    """Post in a transaction of its own."""
    with transaction.atomic():
        return actions.post(transfers, by=BY)


def results(*transfers: Transfer) -> list[Result]:
    """Post in a transaction of its own, and give the results alone."""
    return [outcome.result for outcome in post(*transfers)]


def account(account_id: AccountId) -> Account:
    """Read one account."""
    return queries.get_accounts([account_id])[account_id]


def balance(account_id: AccountId) -> int:
    """Read one account's posted balance in minor units."""
    return account(account_id).posted.minor


def at_once(function: Callable[[int], Any], *, threads: int) -> list[Any]:
    """Call a function with 0, 1, 2 … in as many threads, started together; raises what one raised."""
    barrier = threading.Barrier(threads)
    answers: list[Any] = [None] * threads
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            answers[number] = function(number)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    bound = tenancy.run_in_context(run)
    workers = [threading.Thread(target=bound, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
    return answers


def _open(place: str, kind: AccountKind, floor: int | None, asset: Asset) -> AccountId:
    code = f"{place}:{uuid4().hex}:{asset.code}"
    return actions.open_account(code=code, asset=asset, kind=kind, floor=floor, by=BY).id
