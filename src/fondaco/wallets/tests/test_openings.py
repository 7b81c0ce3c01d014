"""Opening balances of customers' wallets."""

import pytest

from fondaco.journal.actions.openings import import_balances
from fondaco.journal.openings import Opening
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import encode, uuid7
from fondaco.wallets.tests.cast import new_client
from fondaco.wallets.types import CUSTOMER

pytestmark = pytest.mark.usefixtures("tenant")


def post(*lines: str, is_dry: bool = False) -> Opening:
    text = "\n".join(("customer,currency,amount", *lines))
    return import_balances(text=text, is_dry=is_dry, by=SYSTEM)


def test_a_customer_begins_with_what_he_had() -> None:
    """In currencies that he never had here, too; the dry run opens nothing."""
    person = new_client()
    name = encode(CUSTOMER, person.customer_id)
    lines = (f"{name},USD,12.34", f"{name},EUR,5")
    assert post(*lines, is_dry=True).faults == []
    assert person.available("EUR") == "none"
    done = post(*lines)
    assert (done.faults, done.totals) == ([], {"USD": "12.34", "EUR": "5.00"})
    assert (person.available("USD"), person.available("EUR")) == ("12.34", "5.00")


@pytest.mark.parametrize(
    "name",
    ["cus_1", encode(CUSTOMER, uuid7()), encode("wal", uuid7())],
    ids=["damaged", "unknown", "of a wallet"],
)
def test_nobody_is_a_fault(name: str) -> None:
    """With the line and the field."""
    (fault,) = post(f"{name},USD,1").faults
    assert (fault.line, fault.field) == (2, "customer")
