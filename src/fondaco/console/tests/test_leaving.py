"""Closing one's account and destroying what is known of oneself, on the page."""

import pytest
from django.test import Client

from fondaco.console.tests.test_self import log_in, prove, send, text, user_of
from fondaco.identity import queries as people
from fondaco.identity.states import CustomerKind
from fondaco.wallets.tests.cast import Person, fund, new_person, usd

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def person() -> Person:
    return new_person(CustomerKind.CLIENT)


class TestLeaving:
    def test_closes_no_account_that_holds_money_or_is_not_meant_to_end(
        self, client: Client, person: Person
    ) -> None:
        fund(person.wallet_id, usd("1.00"))
        log_in(client, person)
        prove(client)
        assert send(client, "settings/leave", what="all").status_code == 422
        refused = send(client, "settings/leave", what="all", sure="on")
        assert (refused.status_code, 'role="alert"' in text(refused)) == (422, True)
        assert (user_of(person).first_name, person.available()) == ("Ada", "1.00")

    @pytest.mark.parametrize(("what", "known"), [("all", []), ("account", ["Ada"])])
    def test_closes_an_empty_account_and_destroys_what_is_known(
        self, client: Client, person: Person, what: str, known: list[str]
    ) -> None:
        log_in(client, person)
        prove(client)
        ended = send(client, "settings/leave", what=what, sure="on")
        assert ended["Location"] == "/console/start?done=left"
        assert people.get_customer(person.customer_id).closed_at is not None
        found = people.find_user(identifier=person.email)
        assert [one.first_name for one in (found,) if one] == known
        assert client.get("/console/")["Location"].startswith("/console/login")

    def test_leaves_a_company_to_nobody(self, client: Client) -> None:
        alone = new_person(CustomerKind.COMPANY)
        log_in(client, alone)
        prove(client)
        refused = send(client, "settings/leave", what="me", sure="on")
        assert refused.status_code == 422
        assert "Close the customer first, or appoint another in charge." in text(refused)
        assert user_of(alone).first_name == "Ada"
