"""Who a bearer token makes a request, and when it stops."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock
from uuid import UUID

import jwt
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from fondaco.identity import actions, models, revocation, tokens
from fondaco.identity.actions import traces
from fondaco.identity.authenticator import JwtAuthenticator
from fondaco.identity.errors import SessionIsOver, TokenExpired
from fondaco.identity.states import SessionEnd
from fondaco.identity.tests.people import bearer, log_in, make_client, make_operator, sign_in
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, ActorKind, Principal, Role
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.errors import Unauthenticated
from fondaco.kit.options import options
from tests.plumbing.counting import nothing_due

pytestmark = pytest.mark.usefixtures("tenant")


def authenticate(headers: dict[str, str]) -> Principal | None:
    return JwtAuthenticator().authenticate(headers)


@pytest.fixture
def ticks() -> Iterator[mock.Mock]:
    """Let the test turn the monotonic clock by which processes refresh."""
    revocation.forget_all()
    with mock.patch("fondaco.identity.revocation.monotonic") as reading:
        reading.return_value = time.perf_counter()
        yield reading
    revocation.forget_all()


class TestAuthenticate:
    def test_makes_a_client_who_may_all_of_his_role(self) -> None:
        made = make_client()
        signed_in = sign_in(made.user)
        principal = authenticate(bearer(signed_in))
        assert principal == Principal(
            actor=made.user.actor,
            role=Role.CLIENT,
            user_id=made.user.id,
            customer_id=made.customer.id,
            session_id=signed_in.session_id,
            permissions=frozenset({"*"}),
        )

    def test_makes_an_operator_with_the_rights_given(self) -> None:
        operator = make_operator(permissions=frozenset({"wallets:top_up"}))
        principal = authenticate(bearer(sign_in(operator)))
        assert principal is not None
        assert principal.actor.kind is ActorKind.OPERATOR
        assert principal.is_staff
        assert principal.can("wallets:top_up")
        assert not principal.can("wallets:cash_out")
        assert principal.customer_id is None

    def test_knows_nobody_without_the_header(self) -> None:
        assert authenticate({}) is None

    def test_reads_the_header_in_small_letters_too(self) -> None:
        header = bearer(sign_in(make_client().user))["Authorization"]
        assert authenticate({"authorization": header.replace("Bearer", "bEARER")}) is not None

    @pytest.mark.parametrize(
        "sent",
        [
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Bearer a.b.c",
            "Basic am9objp3aWNr",
            "x" * 100_000,
        ],
    )
    def test_refuses_what_is_no_token(self, sent: str) -> None:
        with pytest.raises(Unauthenticated):
            authenticate({"Authorization": sent})

    def test_refuses_a_token_past_its_time(self) -> None:
        headers = bearer(sign_in(make_client().user))
        end = clock.now() + timedelta(seconds=options().jwt_lifetime_s + 1)
        with clock.set_to(end), pytest.raises(TokenExpired):
            authenticate(headers)

    def test_asks_the_database_nothing_while_it_knows_enough(self) -> None:
        headers = bearer(sign_in(make_client().user))
        with nothing_due():
            authenticate(headers)
            with CaptureQueriesContext(connection) as asked:
                for _ in range(50):
                    authenticate(headers)
        assert len(asked) == 0


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
class TestForgery:
    def test_is_refused_whatever_the_claims_say(self) -> None:
        good = sign_in(make_client().user).access_token
        claims = jwt.decode(good, options={"verify_signature": False})
        name = tenancy.current().name
        forged = [
            jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode(claims, tokens._key(settings.SECRET_KEY, name), algorithm="HS512"),
            jwt.encode(claims, tokens._key("x" * 50, name), algorithm="HS256"),
            jwt.encode(claims, "", algorithm="none"),
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            _with_claims(good, claims | {"role": "master_admin"}),
        ]
        for token in forged:
            with pytest.raises(Unauthenticated):
                authenticate({"Authorization": f"Bearer {token}"})

    @pytest.mark.parametrize("missing", ["sub", "role", "sid", "ten", "perms", "exp"])
    def test_is_not_helped_by_a_missing_claim(self, missing: str) -> None:
        claims = _claims_of(sign_in(make_client().user).access_token)
        del claims[missing]
        with pytest.raises(Unauthenticated):
            authenticate({"Authorization": f"Bearer {_sign(claims)}"})

    @pytest.mark.parametrize(
        "changed",
        [{"sub": "cus_x"}, {"sid": "ses_!"}, {"role": "king"}, {"cus": "usr_1"}],
    )
    def test_of_another_version_of_ours_is_refused(self, changed: dict[str, str]) -> None:
        claims = _claims_of(sign_in(make_client().user).access_token) | changed
        with pytest.raises(Unauthenticated):
            authenticate({"Authorization": f"Bearer {_sign(claims)}"})

    def test_by_an_old_key_holds_while_the_key_is_a_fallback(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = bearer(sign_in(make_client().user))
        old = settings.SECRET_KEY
        monkeypatch.setattr(
            settings, "SECRET_KEY", "another-secret-key-of-fifty-characters-and-more"
        )
        with pytest.raises(Unauthenticated):
            authenticate(headers)
        monkeypatch.setattr(settings, "SECRET_KEY_FALLBACKS", [old])
        assert authenticate(headers) is not None


class TestOtherTenant:
    def test_refuses_the_token(self, other_tenant: TenantScope) -> None:
        headers = bearer(sign_in(make_client().user))
        with tenancy.scope(other_tenant), pytest.raises(Unauthenticated):
            authenticate(headers)

    def test_refuses_the_token_even_if_it_names_the_tenant(self, other_tenant: TenantScope) -> None:
        claims = _claims_of(sign_in(make_client().user).access_token)
        forged = _sign(claims | {"ten": other_tenant.name}, tenant="alpha")
        with tenancy.scope(other_tenant), pytest.raises(Unauthenticated):
            authenticate({"Authorization": f"Bearer {forged}"})

    def test_does_not_know_refresh_tokens_people_or_passwords(
        self, other_tenant: TenantScope
    ) -> None:
        made = make_client()
        signed_in = sign_in(made.user)
        with tenancy.scope(other_tenant):
            with pytest.raises(Unauthenticated):
                actions.refresh(refresh_token=signed_in.refresh_token)
            with pytest.raises(Unauthenticated):
                log_in(identifier=str(made.user.username), password="x" * 20)
            assert not models.User.objects.filter(id=made.user.id).exists()
        actions.refresh(refresh_token=signed_in.refresh_token)  # and nothing was ended by it


class TestRevocation:
    def test_holds_at_once_in_the_process_that_did_it(self) -> None:
        made = make_client()
        signed_in = sign_in(made.user)
        assert authenticate(bearer(signed_in)) is not None
        actions.logout(session_id=signed_in.session_id, by=made.user.actor)
        with pytest.raises(SessionIsOver):
            authenticate(bearer(signed_in))

    def test_holds_within_a_second_where_another_process_did_it(self, ticks: mock.Mock) -> None:
        signed_in = sign_in(make_client().user)
        assert authenticate(bearer(signed_in)) is not None
        _end_elsewhere(signed_in.session_id)
        ticks.return_value += 0.99
        with pytest.raises(SessionIsOver):
            authenticate(bearer(signed_in))

    def test_of_a_disabled_customer_holds_by_the_real_clock(self) -> None:
        made = make_client()
        signed_in = sign_in(made.user)
        assert authenticate(bearer(signed_in)) is not None
        with mock.patch.object(revocation, "remember"):  # as if another process did it
            actions.disable_customer(customer_id=made.customer.id, reason="Fraud", by=SYSTEM)
        time.sleep(1)
        with pytest.raises(SessionIsOver):
            authenticate(bearer(signed_in))

    def test_asks_for_the_one_session_where_the_load_fails(self, ticks: mock.Mock) -> None:
        good, bad = sign_in(make_client().user), sign_in(make_client().user)
        _end_elsewhere(bad.session_id)
        ticks.return_value += 5
        with mock.patch.object(revocation, "_load", side_effect=OperationalError("gone")):
            assert authenticate(bearer(good)) is not None
            with pytest.raises(SessionIsOver):
                authenticate(bearer(bad))

    def test_asks_for_the_one_session_while_another_thread_loads(self, ticks: mock.Mock) -> None:
        good, bad = sign_in(make_client().user), sign_in(make_client().user)
        authenticate(bearer(good))
        _end_elsewhere(bad.session_id)
        ticks.return_value += 5
        with revocation._known[tenancy.current().name].loading:
            assert authenticate(bearer(good)) is not None
            with pytest.raises(SessionIsOver):
                authenticate(bearer(bad))

    def test_loads_once_however_many_ask(self, ticks: mock.Mock) -> None:
        headers = bearer(sign_in(make_client().user))
        with mock.patch.object(revocation, "_load", wraps=revocation._load) as load:
            for _ in range(20):
                authenticate(headers)
            assert load.call_count == 1
            ticks.return_value += 1
            authenticate(headers)
            assert load.call_count == 2

    def test_is_not_heard_of_when_the_transaction_is_undone(self) -> None:
        made = make_client()
        signed_in = sign_in(made.user)
        with (
            mock.patch.object(traces, "leave", side_effect=ZeroDivisionError),
            pytest.raises(ZeroDivisionError),
        ):
            actions.logout(session_id=signed_in.session_id, by=made.user.actor)
        assert authenticate(bearer(signed_in)) is not None


def _end_elsewhere(session_id: UUID) -> None:
    """End a session as another process would: only the row tells."""
    models.Session.objects.filter(id=session_id).update(
        ended_at=clock.now(), end_reason=SessionEnd.LOGGED_OUT
    )


def _claims_of(token: str) -> dict[str, object]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def _sign(claims: dict[str, object], tenant: str | None = None) -> str:
    key = tokens._key(settings.SECRET_KEY, tenant or tenancy.current().name)
    return jwt.encode(claims, key, algorithm="HS256")


def _with_claims(token: str, claims: dict[str, object]) -> str:
    """Put other claims under the signature of a good token."""
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"
