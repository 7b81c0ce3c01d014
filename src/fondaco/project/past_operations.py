"""What was done, for dry runs of policies: read from the orders and the books, which lie above policies."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from django.db import connection

from fondaco.investing.actions import orders as portfolios
from fondaco.kit.paging import LIMIT_MAX, Cursor
from fondaco.ledger import queries as ledger
from fondaco.ledger.dating import ID_WINDOW, least_id
from fondaco.ledger.types import AccountId
from fondaco.money import Money
from fondaco.orders.queries import list_orders
from fondaco.orders.states import OrderState
from fondaco.orders.types import Order, OrderFilter
from fondaco.policies import replay
from fondaco.policies.replay import Past
from fondaco.policies.types import Ask, Operation
from fondaco.wallets.actions import cashouts, movements
from fondaco.wallets.queries.accounts import list_owners
from fondaco.wallets.types import TransferKind

_KINDS: Final[Mapping[Operation, tuple[str, str]]] = {
    Operation.MOVEMENT: (movements.KIND, ""),
    Operation.PORTFOLIO_ORDER: (portfolios.KIND, ""),
    Operation.WITHDRAWAL: (cashouts.KIND, cashouts.SUBTYPE),
    **{
        operation: (operation.value, "")
        for operation in (
            Operation.DEPOSIT,
            Operation.PURCHASE,
            Operation.EXCHANGE,
            Operation.FAST_EXCHANGE,
            Operation.INVOICE,
            Operation.FINANCE_REQUEST,
        )
    },
}
"""The kind of order that each operation leaves, and its sub-type."""
_TRANSFERS: Final[Mapping[Operation, str]] = {
    Operation.CHARGE: TransferKind.CHARGE.value,
    Operation.TOP_UP: TransferKind.TOP_UP.value,
}
"""What leaves no order: the transfer is the operation."""


_LATEST: Final = """
    SELECT credit, amount, at FROM ledger_transfer
    WHERE kind = %s AND step IN ('post', 'hold') AND at >= %s AND id >= %s
    ORDER BY id DESC LIMIT %s
"""


def register() -> None:
    """Let dry runs look at orders and transfers; again changes nothing."""
    replay.register("orders", _orders)
    replay.register("transfers", _transfers)


def _orders(operation: Operation, since: datetime) -> Iterator[Past]:
    if operation not in _KINDS:
        return
    kind, subtype = _KINDS[operation]
    after: str | None = None
    while True:
        page = list_orders(
            narrow=OrderFilter(kind=kind, since=since),
            after=Cursor.decode(after) if after else None,
            limit=LIMIT_MAX,
        )
        for order in page.items:
            if order.state is not OrderState.ERROR:
                yield _past(order, operation, subtype)
        after = page.next
        if after is None:
            return


def _past(order: Order, operation: Operation, subtype: str) -> Past:
    ask = Ask(
        customer=order.customer_id,
        operation=operation,
        amount=order.amount,
        pair=str(order.details.get("pair", "")),
        subtype=subtype,
    )
    return Past(ask, order.created_at)


def _transfers(operation: Operation, since: datetime) -> Iterator[Past]:
    """Give charges and top-ups; both are the receiving customer's."""
    if operation not in _TRANSFERS:
        return
    with connection.cursor() as cursor:
        arguments = (
            _TRANSFERS[operation],
            since,
            least_id(since - ID_WINDOW),
            replay.OPERATIONS_MAX + 1,
        )
        cursor.execute(_LATEST, arguments)
        found = cursor.fetchall()
    numbers = {AccountId(credit) for credit, _, _ in found}
    owners, accounts = list_owners(account_ids=numbers), ledger.get_accounts(numbers)
    for credit, amount, at in found:
        if credit in owners:
            money = Money(int(amount), accounts[credit].asset)
            yield Past(
                Ask(customer=owners[credit].customer_id, operation=operation, amount=money), at
            )
