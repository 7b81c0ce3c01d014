"""Signed requests through the whole API: what is refused, and that nothing happened then."""

import json
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from fondaco.apikeys import actions, known, queries
from fondaco.apikeys.tests.programs import ALL_SCOPES, Program, fresh, make_key
from fondaco.apikeys.types import IssuedKey, NewKey
from fondaco.identity import actions as identity
from fondaco.identity.tests.people import bearer, make_company, make_operator, sign_in
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.django.tenancy.context import TenantScope
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

NEW_WALLET = b'{"label":"Second till"}'


@pytest.fixture
def program() -> Program:
    return Program(make_key())


def wallets_of(program: Program) -> int:
    return len(program.send("GET", "/wallets").json()["items"])


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


class TestASignedRequest:
    def test_reads(self, program: Program) -> None:
        assert program.send("GET", "/wallets?limit=2").json() == {"items": [], "next": None}

    def test_writes_for_the_customer(self, program: Program) -> None:
        answer = program.send("POST", "/wallets", NEW_WALLET, key=fresh())
        assert answer.status_code == 201
        assert wallets_of(program) == 1

    def test_signs_a_path_with_letters_that_need_no_encoding(self, program: Program) -> None:
        assert code_of(program.send("GET", "/wallets/no~such_wallet-x")) == (404, "not_found")

    def test_notes_the_keys_use(self, program: Program) -> None:
        before = clock.now()
        program.send("GET", "/wallets")
        (key,) = queries.list_keys(customer_id=program.issued.key.customer_id)
        assert key.last_used_at is not None
        assert key.last_used_at >= before


class TestTamperedRequests:
    """Each is signed as one thing and sent as another."""

    def refused(self, program: Program, sent: tuple[str, str, bytes], **signed: object) -> None:
        method, target, body = sent
        key = fresh()
        asked = {"method": method, "target": target, "body": body} | signed
        headers = program.headers(
            str(asked["method"]),
            str(asked["target"]),
            asked["body"] if isinstance(asked["body"], bytes) else b"",
            key=str(asked.get("key", key)),
            host=str(asked["host"]) if "host" in asked else None,
        )
        answer = program.send(method, target, body, key=key, headers=headers)
        assert code_of(answer) == (401, "signature_wrong")
        assert wallets_of(program) == 0

    def test_with_another_body_are_refused(self, program: Program) -> None:
        self.refused(program, ("POST", "/wallets", NEW_WALLET), body=b'{"label":"First till"}')

    def test_with_a_body_of_other_spaces_are_refused(self, program: Program) -> None:
        self.refused(program, ("POST", "/wallets", NEW_WALLET), body=NEW_WALLET + b" ")

    def test_with_another_query_are_refused(self, program: Program) -> None:
        self.refused(program, ("GET", "/wallets?limit=2", b""), target="/wallets?limit=3")

    def test_with_a_reordered_query_are_refused(self, program: Program) -> None:
        signed = "/orders?limit=2&kind=x"
        self.refused(program, ("GET", "/orders?kind=x&limit=2", b""), target=signed)

    def test_with_an_added_query_are_refused(self, program: Program) -> None:
        self.refused(program, ("GET", "/wallets?limit=2", b""), target="/wallets")

    def test_to_another_path_are_refused(self, program: Program) -> None:
        self.refused(program, ("POST", "/wallets", NEW_WALLET), target="/charges")

    def test_with_another_verb_are_refused(self, program: Program) -> None:
        self.refused(program, ("POST", "/wallets", NEW_WALLET), method="PUT")

    def test_to_another_host_are_refused(self, program: Program) -> None:
        self.refused(program, ("POST", "/wallets", NEW_WALLET), host="beta.test")

    def test_with_another_idempotency_key_are_refused(self, program: Program) -> None:
        self.refused(program, ("POST", "/wallets", NEW_WALLET), key="another")

    def test_with_another_secret_are_refused(self, program: Program) -> None:
        answer = program.send("GET", "/wallets", secret="fks_guess")
        assert code_of(answer) == (401, "signature_wrong")

    @pytest.mark.parametrize("header", ["", "t=1,n=x,v1=y", "v2=" + "a" * 64])
    def test_without_a_readable_signature_are_refused(self, program: Program, header: str) -> None:
        headers = program.headers("GET", "/wallets") | {"Fondaco-Signature": header}
        assert code_of(program.send("GET", "/wallets", headers=headers)) == (
            401,
            "signature_missing",
        )


class TestTheClock:
    @pytest.mark.parametrize("skew_s", [-299, 299])
    def test_may_differ_by_five_minutes(self, program: Program, skew_s: int) -> None:
        at_s = int(clock.now().timestamp()) + skew_s
        with clock.set_to(clock.now()):
            assert program.send("GET", "/wallets", at_s=at_s).status_code == 200

    @pytest.mark.parametrize("skew_s", [-302, 302, -86_400])
    def test_may_differ_no_further(self, program: Program, skew_s: int) -> None:
        with clock.set_to(clock.now()):
            at_s = int(clock.now().timestamp()) + skew_s
            answer = program.send("POST", "/wallets", NEW_WALLET, key=fresh(), at_s=at_s)
        assert code_of(answer) == (401, "signature_out_of_time")
        assert wallets_of(program) == 0


class TestAReplay:
    def test_of_a_write_is_refused_and_does_nothing(self, program: Program) -> None:
        key = fresh()
        headers = program.headers("POST", "/wallets", NEW_WALLET, key=key)
        first, second = (
            program.send("POST", "/wallets", NEW_WALLET, key=key, headers=headers) for _ in range(2)
        )
        assert first.status_code == 201
        assert code_of(second) == (401, "nonce_spent")
        assert wallets_of(program) == 1

    def test_of_a_refused_write_is_refused_too(self, program: Program) -> None:
        key, body = fresh(), json.dumps({"wallet": "x", "amount": "1.00"}).encode()
        headers = program.headers("POST", "/charges", body, key=key)
        first, second = (
            program.send("POST", "/charges", body, key=key, headers=headers) for _ in range(2)
        )
        assert first.status_code in {404, 409}
        assert code_of(second) == (401, "nonce_spent")

    def test_of_a_read_is_answered(self, program: Program) -> None:
        headers = program.headers("GET", "/wallets")
        statuses = [program.send("GET", "/wallets", headers=headers).status_code for _ in range(2)]
        assert statuses == [200, 200]

    def test_with_a_new_signature_gives_the_first_answer_again(self, program: Program) -> None:
        key = fresh()
        first, second = (program.send("POST", "/wallets", NEW_WALLET, key=key) for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert second.headers["Idempotent-Replay"] == "true"
        assert first.json() == second.json()


class TestAKey:
    def test_opens_what_its_scopes_name_and_nothing_else(self) -> None:
        program = Program(make_key(scopes=frozenset({"wallets:read"})))
        assert program.send("GET", "/wallets").status_code == 200
        answer = program.send("POST", "/wallets", NEW_WALLET, key=fresh())
        assert code_of(answer) == (403, "forbidden")
        assert wallets_of(program) == 0

    def test_opens_nothing_once_it_is_deleted(self, program: Program) -> None:
        assert program.send("GET", "/wallets").status_code == 200
        key = program.issued.key
        actions.delete_key(key_id=key.id, customer_id=key.customer_id, by=SYSTEM)
        assert code_of(program.send("GET", "/wallets")) == (401, "signature_wrong")

    def test_opens_nothing_after_its_expiry(self) -> None:
        issued = make_key(expires_at=clock.now() + timedelta(minutes=1))
        program = Program(issued)
        assert program.send("GET", "/wallets").status_code == 200
        with clock.set_to(clock.now() + timedelta(minutes=2)):
            assert code_of(program.send("GET", "/wallets")) == (401, "signature_wrong")

    def test_opens_nothing_once_its_customer_is_disabled(self, program: Program) -> None:
        assert program.send("GET", "/wallets").status_code == 200
        identity.disable_customer(
            customer_id=program.issued.key.customer_id, reason="Fraud", by=make_operator().actor
        )
        known.forget_all()  # what a second does
        assert code_of(program.send("GET", "/wallets")) == (401, "signature_wrong")

    def test_opens_nothing_in_another_tenant(
        self, program: Program, other_tenant: TenantScope
    ) -> None:
        answer = Program(program.issued, host="beta.test").send("GET", "/wallets")
        assert code_of(answer) == (401, "signature_wrong")

    def test_opens_nothing_from_another_address(self) -> None:
        program = Program(make_key(networks=(ip_network("192.0.2.0/24"),)))
        assert code_of(program.send("GET", "/wallets")) == (403, "address_refused")
        program = Program(make_key(networks=(ip_network("127.0.0.0/8"),)))
        assert program.send("GET", "/wallets").status_code == 200

    @pytest.mark.parametrize("path", ["/me/sessions", "/me/api-keys", "/me/ip-allowlist"])
    def test_never_opens_what_is_a_persons(self, program: Program, path: str) -> None:
        assert code_of(program.send("GET", path)) == (403, "forbidden")

    @pytest.mark.parametrize(
        "name", ["", "x", "key_live_x", "key_live_" + "0" * 26, "usr_" + "0" * 26]
    )
    def test_that_is_unknown_is_refused(self, program: Program, name: str) -> None:
        headers = program.headers("GET", "/wallets") | {"Authorization": f"Key {name}"}
        answer = program.send("GET", "/wallets", headers=headers)
        assert code_of(answer) == (401, "signature_wrong")


class TestACustomersAddresses:
    def test_keep_people_and_programs_to_them(self, api: ApiClient) -> None:
        made = make_company()
        program, headers = Program(make_key(made)), bearer(sign_in(made.user))
        assert api.get("/wallets", headers=headers).status_code == 200
        for text, status in (("192.0.2.0/24", 403), ("127.0.0.1", 200)):
            actions.allow_network(
                customer_id=made.customer.id,
                network=ip_network(text),
                label="",
                here=None,
                by=made.user.actor,
            )
            assert api.get("/wallets", headers=headers).status_code == status
            assert program.send("GET", "/wallets").status_code == status

    def test_leave_others_alone(self, api: ApiClient) -> None:
        made, other = make_company(), make_company()
        actions.allow_network(
            customer_id=made.customer.id,
            network=ip_network("192.0.2.0/24"),
            label="",
            here=None,
            by=made.user.actor,
        )
        assert api.get("/wallets", headers=bearer(sign_in(other.user))).status_code == 200
        operator = make_operator()
        assert api.get("/wallets", headers=bearer(sign_in(operator))).status_code == 403


@pytest.fixture(scope="module")
def houses(fresh_tenant: Callable[..., Any]) -> tuple[Any, Any]:
    """Give a live tenant and its sandbox."""
    live = fresh_tenant(mode="live")
    box = schemas.create_tenant(name=f"box_{live.name[6:]}", mode="sandbox", sandbox_of=live.name)
    return live, box.scope


class TestATestKey:
    def test_opens_nothing_once_its_customer_is_disabled_in_the_live_tenant(
        self, houses: tuple[Any, Any]
    ) -> None:
        live, _ = houses
        with tenancy.scope(live):
            made = make_company()
            issued: IssuedKey = actions.create_test_key(
                customer_id=made.customer.id,
                user_id=made.user.id,
                ask=NewKey(label="try-out", scopes=ALL_SCOPES),
                by=made.user.actor,
            )
        program = Program(issued, host=live.name.replace("_", "-") + ".test")
        assert program.send("GET", "/wallets").status_code == 200
        for change, expected in (
            (identity.disable_customer, (401, "signature_wrong")),
            (identity.enable_customer, None),
        ):
            with tenancy.scope(live):
                change(customer_id=made.customer.id, reason="Fraud", by=SYSTEM)
            known.forget_all()  # what a second does
            answer = program.send("GET", "/wallets")
            if expected is None:
                assert answer.status_code == 200
            else:
                assert code_of(answer) == expected

    def test_leads_to_the_sandbox_and_never_reaches_live_data(
        self, houses: tuple[Any, Any]
    ) -> None:
        live, box = houses
        host = live.name.replace("_", "-") + ".test"
        with tenancy.scope(live):
            made = make_company()
            headers = bearer(sign_in(made.user))
            issued: IssuedKey = actions.create_test_key(
                customer_id=made.customer.id,
                user_id=made.user.id,
                ask=NewKey(label="try-out", scopes=ALL_SCOPES),
                by=made.user.actor,
            )
            assert queries.list_keys(customer_id=made.customer.id) == []
            assert queries.list_test_keys(customer_id=made.customer.id) == [issued.key]
        assert issued.key.wire_id.startswith("key_test_")
        at_live, program = ApiClient(host), Program(issued, host=host)
        wallet = at_live.post("/wallets", {}, headers=headers).json()
        assert program.send("GET", "/wallets").json()["items"] == []
        assert program.send("GET", f"/wallets/{wallet['token']}").status_code == 404
        assert program.send("POST", "/wallets", NEW_WALLET, key=fresh()).status_code == 201
        assert len(at_live.get("/wallets", headers=headers).json()["items"]) == 1
        assert len(program.send("GET", "/wallets").json()["items"]) == 1
        with tenancy.scope(box):
            (key,) = queries.list_keys(customer_id=made.customer.id)
        assert key.wire_id == issued.key.wire_id
