"""People with something on every page, for walks through the console."""

from collections.abc import Callable, Mapping
from typing import Final

from fondaco.console.tests.browsing import Browser
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import PASSWORD as STAFF_PASSWORD, make_operator
from fondaco.investing.tests.cast import advise, follow, wild_shares
from fondaco.kit.access import SYSTEM
from fondaco.wallets.tests.cast import Person, new_client, new_company, take, usd
from fondaco.webhooks import actions as webhooks


def client() -> Browser:
    """Log a client in who was advised, followed the advice, and has paid a shop."""
    person = new_client("2000.00")
    follow(person, advise(person, wild_shares(), risk=60, total=usd("600.00")))
    advise(person, wild_shares(), risk=20)
    take(new_company(), person, "12.00", summary="A lamp")
    return Browser().log_in(person)


def company() -> Browser:
    """Log a shop in that has charged, holds something, and has a webhook with a message."""
    shop = new_company("50.00")
    payer = new_client("500.00")
    for number in range(12):
        take(shop, payer, f"{number + 1}.00", summary=f"Lamp {number}")
    take(shop, payer, "40.00", capture=False)
    _listen(shop)
    return Browser().log_in(shop)


def operator() -> Browser:
    """Log one of the house's own people in who may do everything."""
    user = make_operator(role=StaffRole.MASTER_ADMIN)
    return Browser().enter(user.email or "", STAFF_PASSWORD)


CAST: Final[Mapping[str, Callable[[], Browser]]] = {
    "client": client,
    "company": company,
    "operator": operator,
}


def _listen(shop: Person) -> None:
    made = webhooks.make_endpoint(
        customer_id=shop.customer_id,
        url="https://hooks.example.com/in",
        types=(),
        label="Till",
        by=SYSTEM,
    )
    webhooks.send_test(endpoint_id=made.endpoint.id, customer_id=shop.customer_id, by=SYSTEM)
