"""The desk: rules, stops, suspicions, prices, providers, jobs, rights; who may, once, and what is refused."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from uuid import uuid4

import pytest
from django.test import Client

from fondaco.audit.queries import list_entries
from fondaco.connections.queries import list_accounts
from fondaco.console.tests.desk_cast import (
    desk_house,
    entered,
    forget_proof,
    form_of,
    give_rights,
    new_operator,
    new_signer,
    send,
    text_of,
)
from fondaco.identity.queries import get_user
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import PASSWORD, make_client
from fondaco.identity.types import customer_wire
from fondaco.kit.access import SYSTEM
from fondaco.ledger import actions as ledger
from fondaco.ledger.queries import find_account
from fondaco.ledger.types import AccountKind
from fondaco.money import Asset
from fondaco.operators.rights import Right
from fondaco.operators.signed import ADJUST
from fondaco.policies.queries.rules import list_fraud_rules, list_rules, list_settings
from fondaco.policies.queries.stops import list_stops
from fondaco.policies.signed import RULE
from fondaco.signing.queries import get_request, list_requests
from fondaco.signing.states import RequestState
from fondaco.signing.tests.cast import band, decide
from tests.plumbing.counting import count_queries

USD: Final = Asset("USD", 2)
BASE: Final = "/console/operator"
PAGES: Final[dict[str, str]] = {
    "desk": "",
    "policies": Right.POLICIES_READ,
    "policies/new": Right.POLICIES_PROPOSE,
    "policies/explain": Right.POLICIES_READ,
    "stops": Right.POLICIES_READ,
    "risk": Right.RISK_READ,
    "risk/rules": Right.RISK_READ,
    "risk/rules/new": Right.POLICIES_PROPOSE,
    "settings": Right.POLICIES_READ,
    "pairs": Right.MARKET_READ,
    "pairs/new": Right.MARKET_MANAGE,
    "pairs/formula": Right.MARKET_READ,
    "pairs/currencies": Right.MARKET_READ,
    "pairs/currencies/USD": Right.MARKET_READ,
    "pairs/sources": Right.MARKET_READ,
    "assets": Right.INVESTING_MANAGE,
    "providers": Right.CONNECTIONS_READ,
    "providers/new": Right.CONNECTIONS_PROPOSE,
    "templates": Right.NOTIFICATIONS_READ,
    "templates/new_device/email/en": Right.NOTIFICATIONS_READ,
    "messages": Right.NOTIFICATIONS_READ,
    "mailings": Right.NOTIFICATIONS_READ,
    "mailings/new": Right.NOTIFICATIONS_MANAGE,
    "webhooks": Right.CUSTOMERS_READ,
    "jobs": Right.JOBS_READ,
    "audit": Right.AUDIT_READ,
    "signatures": "",
    "signatures/delegations": "",
    "signatures/policies": Right.SIGNING_READ,
    f"signatures/policies/{RULE}": Right.SIGNING_READ,
    "people": Right.OPERATORS_READ,
    "adjustments": Right.LEDGER_ADJUST,
}


NOWHERE: Final = (
    "policies/rul_00000000000000000000000000",
    "policies/nonsense",
    "stops/stp_00000000000000000000000000",
    "risk/rsk_00000000000000000000000000",
    "risk/rules/frd_00000000000000000000000000",
    "pairs/NONE_USD",
    "pairs/currencies/NONE",
    "pairs/sources/none",
    "assets/NONE",
    "providers/prv_00000000000000000000000000",
    "templates/none/email/en",
    "templates/new_device/pigeon/en",
    "messages/msg_00000000000000000000000000",
    "mailings/nonsense",
    "jobs/9223372036854775806",
    "signatures/sig_00000000000000000000000000",
    "signatures/delegations/dlg_00000000000000000000000000",
    "signatures/policies/none",
    "people/usr_00000000000000000000000000",
)
"""What names nothing that is there."""
QUERIES_MAX: Final = 12


@pytest.fixture(autouse=True)
def house() -> Iterator[Any]:
    with desk_house() as scope:
        yield scope


@pytest.fixture
def admin() -> Client:
    return entered(new_operator(role=StaffRole.MASTER_ADMIN))


class TestEveryPage:
    @pytest.mark.timeout(300)
    def test_asks_for_its_right_alone_and_for_few_queries(self) -> None:
        user = new_operator()
        client = entered(user)
        found: dict[str, tuple[int, int, int]] = {}
        for path, right in PAGES.items():
            give_rights(user, *(one for one in Right if one != right))
            without = client.get(f"{BASE}/{path}").status_code
            give_rights(user, *([right] if right else []))
            answer = client.get(f"{BASE}/{path}")
            asked = count_queries(partial(client.get, f"{BASE}/{path}"))
            found[path] = (without if right else 403, answer.status_code, asked)
            assert answer.content.decode().count("<h1>") == 1
        assert {path: one for path, one in found.items() if one[:2] != (403, 200)} == {}
        assert {path: one for path, one in found.items() if one[2] > QUERIES_MAX} == {}

    def test_is_the_house_s_alone(self) -> None:
        registered = make_client()
        customer = entered(registered.user)
        assert {customer.get(f"{BASE}/{path}").status_code for path in PAGES} == {403}

    def test_opens_for_a_master_admin(self, admin: Client) -> None:
        answers = {path: admin.get(f"{BASE}/{path}").status_code for path in PAGES}
        assert answers == dict.fromkeys(PAGES, 200)

    def test_that_shows_nothing_is_not_there(self, admin: Client) -> None:
        answers = {path: admin.get(f"{BASE}/{path}").status_code for path in NOWHERE}
        assert answers == dict.fromkeys(NOWHERE, 404)


class TestStops:
    def test_are_set_once_however_often_the_form_is_sent(self) -> None:
        keeper = entered(new_operator(Right.POLICIES_READ, Right.POLICIES_STOP))
        path = f"{BASE}/stops"
        given = form_of(keeper, path, "stop") | {
            "scope": "currency",
            "value": "EUR",
            "reason": "the bank is closed",
        }
        sent = [keeper.post(path, given) for _ in range(3)]
        assert [(one.status_code, one["Location"]) for one in sent] == [
            (303, f"{path}?done=set")
        ] * 3
        (stop,) = [one for one in list_stops() if one.value == "EUR"]
        assert stop.reason == "the bank is closed"
        again = send(keeper, path, "stop", scope="currency", value="EUR", reason="x")
        assert again.status_code == 422
        reader = entered(new_operator(Right.POLICIES_READ))
        assert 'value="stop"' not in reader.get(path).content.decode()
        assert reader.post(path, given | form_csrf(reader, path)).status_code == 403

    def test_go_on_with_a_second_person_alone(self) -> None:
        one, other = (
            entered(new_signer(Right.POLICIES_READ, Right.POLICIES_STOP, Right.SIGNING_READ))
            for _ in range(2)
        )
        send(one, f"{BASE}/stops", "stop", scope="currency", value="GBP", reason="why not")
        (stop,) = [found for found in list_stops() if found.value == "GBP"]
        page = one.get(f"{BASE}/stops").content.decode()
        path = next(
            f"{BASE}/stops/{part[:30]}"
            for part in page.split("/console/operator/stops/")[1:]
            if "GBP" in part[:120]
        )
        proposed = send(one, path, "lift")
        assert proposed.status_code == 303
        where = proposed["Location"].partition("?")[0]
        assert 'value="sign"' not in one.get(where).content.decode()
        signed = send(other, where, "sign", proof=PASSWORD)
        assert (signed.status_code, signed["Location"]) == (303, f"{where}?done=effective")
        assert stop.id not in {found.id for found in list_stops()}
        assert "took effect" in text_of(other.get(signed["Location"]))


def form_csrf(client: Client, path: str) -> dict[str, str]:
    """Give the mark against forgeries of the first form on a page."""
    page = client.get(path).content.decode()
    found = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    return {"csrfmiddlewaretoken": found}


class TestSigning:
    def test_asks_who_it_is_and_takes_no_wrong_password(self) -> None:
        maker = entered(new_operator(Right.LEDGER_ADJUST, Right.SIGNING_READ))
        second = new_signer(Right.LEDGER_ADJUST, Right.SIGNING_READ)
        signer = entered(second)
        forget_proof(second)
        decide(None, ADJUST, band((Right.LEDGER_ADJUST, 1), currency=""))
        where = self._propose(maker)
        page = signer.get(where).content.decode()
        assert 'type="password"' in page
        assert "bank fee of October" in page
        wrong = send(signer, where, "sign", proof="not the password at all")
        assert wrong.status_code == 422
        (waiting,) = [
            one
            for one in list_requests(owner=None, state=RequestState.WAITING).items
            if where.endswith(one.wire_id)
        ]
        assert waiting.signatures == ()
        assert send(signer, where, "sign").status_code == 422
        assert send(signer, where, "sign", proof=PASSWORD).status_code == 303
        assert get_request(request_id=waiting.id).state == RequestState.DONE

    def test_can_be_refused_withdrawn_and_amended(self) -> None:
        maker, signer = (
            entered(new_signer(Right.LEDGER_ADJUST, Right.SIGNING_READ)) for _ in range(2)
        )
        decide(None, ADJUST, band((Right.LEDGER_ADJUST, 1), currency=""))
        refused = self._propose(maker)
        assert send(signer, refused, "refuse", reason="").status_code == 422
        done = send(signer, refused, "refuse", reason="the evidence is of another day")
        assert done["Location"] == f"{refused}?done=refused"
        withdrawn = self._propose(maker)
        done = send(maker, withdrawn, "withdraw", reason="a mistake")
        assert done["Location"] == f"{withdrawn}?done=withdrawn"
        amended = self._propose(maker)
        broken = send(signer, amended, "amend", terms="{", proof=PASSWORD)
        assert (broken.status_code, "cannot be read" in text_of(broken)) == (422, True)
        states = {
            one.wire_id: one.state.value for one in list_requests(owner=None, limit=200).items
        }
        assert [states[one.rpartition("/")[2]] for one in (refused, withdrawn, amended)] == [
            "refused",
            "withdrawn",
            "waiting",
        ]

    def _propose(self, maker: Client) -> str:
        bank, wallet = f"providers:{uuid4().hex}:USD", f"wallets:{uuid4().hex}:USD"
        ledger.open_account(code=bank, asset=USD, kind=AccountKind.ASSET, floor=None, by=SYSTEM)
        ledger.open_account(code=wallet, asset=USD, kind=AccountKind.LIABILITY, floor=0, by=SYSTEM)
        sent = send(
            maker,
            f"{BASE}/adjustments",
            "adjust",
            debit=bank,
            credit=wallet,
            amount="12.50",
            reason="bank fee of October",
            evidence="statement 10",
        )
        assert sent.status_code == 303, text_of(sent)
        return str(sent["Location"]).partition("?")[0]


class TestPolicies:
    def test_are_tried_against_the_past_and_change_nothing_by_that(self, admin: Client) -> None:
        path = f"{BASE}/policies/new"
        given = form_of(admin, path, "change") | {
            "operation": "withdrawal",
            "currency": "USD",
            "day_max": "5.00",
            "days": "30",
        }
        before = len(list_rules(limit=200).items)
        tried = admin.post(f"{path}?try=1", given)
        assert (tried.status_code, "What it would have done" in text_of(tried)) == (200, True)
        assert len(list_rules(limit=200).items) == before

    def test_explain_shows_the_row_that_a_value_comes_from(self, admin: Client) -> None:
        who = customer_wire(make_client().customer.id)
        made = send(
            admin,
            f"{BASE}/policies/new",
            "change",
            operation="withdrawal",
            currency="USD",
            customer=who,
            day_max="77.00",
            fee_bps="25",
        )
        assert made.status_code == 303, text_of(made)
        (rule,) = [
            one for one in list_rules(limit=200).items if one.values.get("day_max") == "77.00"
        ]
        asked = f"operation=withdrawal&customer={who}&currency=USD"
        told = admin.get(f"{BASE}/policies/explain?{asked}")
        page = text_of(told)
        assert "Day max 77.00 customer" in page
        wire = made["Location"].partition("?")[0].rpartition("/")[2]
        assert wire in told.content.decode()
        assert rule.values["fee_bps"] == 25
        removed = send(admin, f"{BASE}/policies/{wire}", "remove")
        assert removed["Location"] == f"{BASE}/policies?done=holds"
        assert rule.id not in {one.id for one in list_rules(limit=200).items}

    def test_refuse_what_says_nothing_beside_the_form(self, admin: Client) -> None:
        refused = send(admin, f"{BASE}/policies/new", "change", operation="charge")
        assert (refused.status_code, 'role="alert"' in refused.content.decode()) == (422, True)
        refused = send(
            admin, f"{BASE}/policies/new", "change", operation="charge", currency="USD", max="-1"
        )
        assert refused.status_code == 422


class TestSettings:
    def test_hold_once_they_are_proposed_where_nobody_signs(self, admin: Client) -> None:
        path = f"{BASE}/settings"
        sent = send(admin, path, "change", name="rate_charges", value="50 / 1\n1000/60")
        assert sent["Location"] == f"{path}?done=holds"
        values = {(name, who): value for name, who, value, _own in list_settings()}
        assert values["rate_charges", None] == [[50, 1], [1000, 60]]
        wrong = send(admin, path, "change", name="rate_charges", value="many")
        assert (wrong.status_code, "requests and seconds" in text_of(wrong)) == (422, True)
        send(admin, path, "change", name="rate_charges", value="")


class TestRulesAgainstFraud:
    def test_are_proposed_with_the_parameters_of_their_kind(self, admin: Client) -> None:
        path = f"{BASE}/risk/rules/new"
        refused = send(admin, path, "change", name="x", kind="velocity", verdict="hold")
        assert refused.status_code == 422
        sent = send(
            admin,
            path,
            "change",
            name="too many at once",
            kind="velocity",
            verdict="hold",
            operation="charge",
            window_s="60",
            count_max="999999",
            factor="5",
            enabled="on",
        )
        assert sent.status_code == 303, text_of(sent)
        (rule,) = [one for one in list_fraud_rules() if one.name == "too many at once"]
        assert rule.parameters == {"window_s": 60, "count_max": 999999}


class TestProviders:
    def test_never_show_what_is_secret(self) -> None:
        maker, signer = (
            entered(
                new_signer(
                    Right.CONNECTIONS_READ,
                    Right.CONNECTIONS_PROPOSE,
                    Right.CONNECTIONS_SIGN,
                    Right.SIGNING_READ,
                )
            )
            for _ in range(2)
        )
        proposed = send(
            maker,
            f"{BASE}/providers/new",
            "change",
            family="exchange",
            kind="kraken",
            label="Kraken of the desk",
            environment="sandbox",
            priority="7",
            credentials="key = abc-public\nsecret = top-hidden-word",
            settings="base_url = http://127.0.0.1:1",
        )
        assert proposed.status_code == 303, text_of(proposed)
        where = proposed["Location"].partition("?")[0]
        told = [maker.get(where), signer.get(where)]
        assert send(signer, where, "sign", proof=PASSWORD).status_code == 303
        (account,) = [one for one in list_accounts() if one.label == "Kraken of the desk"]
        assert account.credentials["secret"] == "top-hidden-word"
        path = f"{BASE}/providers/{account.wire_id}"
        told += [maker.get(path), maker.get(f"{BASE}/providers")]
        assert not any("top-hidden-word" in one.content.decode() for one in told)
        trail = [one for one in list_entries(limit=100).items if "top-hidden" in str(one.detail)]
        assert trail == []
        if account.enabled:
            send(maker, path, "disable", reason="tests are over")


class TestPeople:
    def test_are_appointed_with_a_token_that_is_shown_once(self, admin: Client) -> None:
        given = form_of(admin, f"{BASE}/people/new", "appoint") | {
            "first_name": "Nadia",
            "last_name": "Newcomer",
            "email": "nadia.newcomer@example.com",
            "role": "operator",
            "rights": [Right.JOBS_READ.value],
        }
        shown = admin.post(f"{BASE}/people/new", given)
        assert (shown.status_code, "This is shown once" in text_of(shown)) == (200, True)
        again = admin.post(f"{BASE}/people/new", given)
        assert shown.content.decode().count("<pre") == again.content.decode().count("<pre") == 1
        assert text_of(admin.get(f"{BASE}/people?text=Nadia")).count("Nadia Newcomer") == 1

    def test_have_other_rights_by_a_master_admin_alone(self, admin: Client) -> None:
        who = new_operator(Right.JOBS_READ)
        path = f"{BASE}/people/{who.wire_id}"
        sent = send(admin, path, "change", role="operator", rights=[Right.AUDIT_READ.value])
        assert sent["Location"] == f"{path}?done=rights"
        assert get_user(who.id).permissions == {Right.AUDIT_READ.value}
        reader = entered(new_operator(Right.OPERATORS_READ))
        page = reader.get(path)
        assert (page.status_code, 'name="act"' in page.content.decode()) == (200, False)


class TestTemplates:
    def test_are_previewed_harmlessly_and_refused_when_broken(self, admin: Client) -> None:
        path = f"{BASE}/templates/new_device/email/en"
        given = form_of(admin, path, "save")
        draft = {
            "subject": "News",
            "text": "Hello {{ name }}",
            "html": "<p>{{ name }} &amp; co</p>",
        }
        shown = admin.post(f"{path}?try=1", given | draft)
        assert shown.status_code == 200
        page = shown.content.decode()
        assert "Hello Ada" in page
        assert "&lt;p&gt;Ada" in page
        broken = admin.post(f"{path}?try=1", given | draft | {"text": "{{ nobody_knows }}"})
        assert broken.status_code == 422
        refused = send(admin, path, "save", **(draft | {"text": "{{ unfinished"}))
        assert refused.status_code == 422
        saved = send(admin, path, "save", **draft)
        assert saved["Location"] == f"{path}?done=saved"
        restored = send(admin, path, "restore", version="0")
        assert restored["Location"] == f"{path}?done=saved"


class TestMailings:
    def test_are_drafts_until_they_are_started(self, admin: Client) -> None:
        sent = send(
            admin,
            f"{BASE}/mailings/new",
            "make",
            label="Autumn",
            channel="email",
            subject="News",
            text="Hello {{ name }} {{ unsubscribe_url }}",
            per_minute="1",
        )
        assert sent.status_code == 303, text_of(sent)
        path = sent["Location"]
        assert "draft" in text_of(admin.get(path))
        assert send(admin, path, "cancel")["Location"] == f"{path}?done=cancelled"
        assert 'name="act"' not in admin.get(path).content.decode()


class TestAdjustments:
    def test_name_accounts_that_are_there(self, admin: Client) -> None:
        sent = send(
            admin,
            f"{BASE}/adjustments",
            "adjust",
            debit="providers:nowhere:USD",
            credit="fees:charges:USD",
            amount="1.00",
            reason="r",
            evidence="e",
        )
        assert (sent.status_code, "There is no such account." in text_of(sent)) == (422, True)
        assert find_account(code="providers:nowhere:USD") is None
