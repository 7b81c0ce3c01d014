"""Webhooks of all customers at the desk: who reads the log, and who sends again."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.test import Client

from fondaco.console.tests.desk_cast import desk_house, entered, new_operator, send, text_of
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import make_client, make_company
from fondaco.identity.types import customer_wire
from fondaco.kit import clock
from fondaco.kit.ids import encode
from fondaco.operators.rights import Right
from fondaco.webhooks import actions as hooks
from fondaco.webhooks.models import Delivery
from fondaco.webhooks.types import DELIVERY_PREFIX, endpoint_wire

BASE: Final = "/console/operator"


@pytest.fixture(autouse=True)
def house() -> Iterator[Any]:
    with desk_house() as scope:
        yield scope


@pytest.fixture
def admin() -> Client:
    return entered(new_operator(role=StaffRole.MASTER_ADMIN))


class TestWebhooks:
    def test_of_all_customers_are_read_and_sent_again_as_rights_allow(self, admin: Client) -> None:
        who = make_company()
        whose = customer_wire(who.customer.id)
        issued = hooks.make_endpoint(
            customer_id=who.customer.id,
            url="https://shop.example/hooks",
            types=(),
            label="Shop",
            by=who.user.actor,
        )
        sent = hooks.send_test(
            endpoint_id=issued.endpoint.id, customer_id=who.customer.id, by=who.user.actor
        )
        path = f"{BASE}/webhooks/{whose}/{endpoint_wire(issued.endpoint.id)}"
        assert "https://shop.example/hooks" in text_of(admin.get(f"{BASE}/webhooks"))
        log = admin.get(path)
        assert (log.status_code, sent.type in text_of(log)) == (200, True)
        assert issued.secret not in log.content.decode()
        one = f"{BASE}/webhooks/{whose}/deliveries/{encode(DELIVERY_PREFIX, sent.id)}"
        assert "waiting" in text_of(admin.get(one))
        Delivery.objects.filter(id=sent.id).update(state="failed", ended_at=clock.now())
        assert send(admin, one, "resend")["Location"] == f"{one}?done=again"
        assert Delivery.objects.get(id=sent.id).state == "waiting"
        reader = entered(new_operator(Right.CUSTOMERS_READ))
        Delivery.objects.filter(id=sent.id).update(state="failed", ended_at=clock.now())
        assert 'name="act"' not in reader.get(one).content.decode()
        other = customer_wire(make_client().customer.id)
        assert admin.get(one.replace(whose, other)).status_code == 404
