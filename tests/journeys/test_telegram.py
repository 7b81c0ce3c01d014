"""Logging in at the simulated Telegram by OpenID Connect, over real HTTP, and what a thief tries there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from fondaco.credentials.tests.people import make_person, read
from fondaco.kit import clock
from fondaco.kit.ids import uuid7
from fondaco.kit.options import override
from fondaco.vendors.telegram.client import challenge_of
from fondaco.vendors.telegram.reading import Malformed, read_id_token
from sandbox import telegram
from sandbox.telegram import Telegram
from tests.plumbing.api import ApiClient
from tests.plumbing.serving import sandbox

pytestmark = pytest.mark.usefixtures("tenant")

ENTER = "/auth/telegram/authorization"
MINE = "/me/telegram/authorization"


@dataclass(frozen=True)
class Button:
    """Somebody at a browser, and the simulated Telegram."""

    origin: str
    api: ApiClient

    def person(self, telegram_id: int, **claims: Any) -> None:
        told = {"id": telegram_id, "preferred_username": "ann", "claims": claims}
        answer = httpx.put(f"{self.origin}/telegram/person", json=told)
        assert answer.status_code == 204

    def begin(self, path: str = ENTER, token: str | None = None) -> dict[str, Any]:
        answer = self.api.post(path, token=token)
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told

    def press(self, page: dict[str, Any]) -> dict[str, str]:
        """Go to the page and give what the browser is sent back with, and the handle."""
        answer = httpx.get(page["url"], follow_redirects=False)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == "https://pages.example/telegram"
        brought = {name: values[0] for name, values in parse_qs(back.query).items()}
        return {"handle": page["handle"], **brought}

    def enter(self, back: dict[str, str]) -> tuple[int, str]:
        answer = self.api.post(f"{ENTER}/confirm", back)
        told = answer.json()
        return answer.status_code, told.get("user_id") or told["code"]


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with sandbox(Telegram()) as simulated:
        yield simulated


@pytest.fixture
def button(origin: str, api: ApiClient) -> Iterator[Button]:
    with override(
        telegram_client_id=telegram.CLIENT_ID,
        telegram_client_secret=telegram.CLIENT_SECRET,
        telegram_url=f"{origin}/telegram",
        pages_url="https://pages.example/",
    ):
        yield Button(origin, api)


def fresh_id() -> int:
    return uuid7().int % 10**12 + 1


REFUSED = (401, "telegram_refused")


class TestTelegramsPage:
    def test_makes_a_client_with_a_wallet_and_logs_him_in_afterwards(self, button: Button) -> None:
        button.person(fresh_id())
        made = button.api.post(f"{ENTER}/confirm", button.press(button.begin())).json()
        wallets = button.api.get("/wallets", token=made["access_token"]).json()["items"]
        assert len(wallets) == 1
        assert button.enter(button.press(button.begin())) == (200, made["user_id"])

    def test_assigns_the_account_that_it_vouches_for(self, button: Button) -> None:
        person, telegram_id = make_person(), fresh_id()
        button.person(telegram_id)
        back = button.press(button.begin(MINE, person.token))
        answer = button.api.post(f"{MINE}/confirm", back, token=person.token)
        assert answer.status_code == 204, answer.content
        assert read(person.user).telegram_id == telegram_id
        assert button.enter(button.press(button.begin())) == (200, person.user.wire_id)

    def test_is_believed_once(self, button: Button) -> None:
        button.person(fresh_id())
        back = button.press(button.begin())
        assert button.enter(back)[0] == 200
        assert button.enter(back) == REFUSED

    def test_brings_nobody_into_anothers_session(self, button: Button) -> None:
        """A link with the thief's code and state meets the victim's handle: wrong state, wrong verifier."""
        button.person(fresh_id())
        thief, victim = button.press(button.begin()), button.begin()
        assert button.enter(thief | {"handle": victim["handle"]}) == REFUSED
        mixed = button.press(button.begin())
        assert button.enter(mixed | {"code": thief["code"]}) == REFUSED

    def test_assigns_nothing_by_anothers_handle_or_by_one_to_log_in(self, button: Button) -> None:
        person, thief = make_person(), make_person()
        button.person(fresh_id())
        of_person = button.press(button.begin(MINE, person.token))
        to_enter = button.press(button.begin())
        for back in (of_person, to_enter):
            answer = button.api.post(f"{MINE}/confirm", back, token=thief.token)
            assert (answer.status_code, answer.json()["code"]) == REFUSED
        assert button.enter(of_person) == REFUSED
        assert read(thief.user).telegram_id is None

    def test_is_of_one_tenant(self, button: Button) -> None:
        button.person(fresh_id())
        back = button.press(button.begin())
        answer = ApiClient("beta.test").post(f"{ENTER}/confirm", back)
        assert (answer.status_code, answer.json()["code"]) == REFUSED
        assert button.enter(back)[0] == 200

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "of-another-log-in"},
            {"aud": "1"},
            {"aud": [telegram.CLIENT_ID, "1"]},
            {"iss": "https://elsewhere.example"},
            {"exp": 1},
            {"iat": 1},
            {"id": "0"},
            {"id": "1 or 1"},
        ],
    )
    def test_is_not_believed_with_other_claims(
        self, button: Button, claims: dict[str, Any]
    ) -> None:
        button.person(fresh_id(), **claims)
        assert button.enter(button.press(button.begin())) == REFUSED

    def test_is_too_late_after_ten_minutes(self, button: Button) -> None:
        button.person(fresh_id())
        back = button.press(button.begin())
        with clock.set_to(clock.now() + timedelta(minutes=11)):
            assert button.enter(back) == REFUSED

    def test_that_does_not_answer_makes_nobody(self, button: Button) -> None:
        telegram_id = fresh_id()
        button.person(telegram_id)
        back = button.press(button.begin())
        with override(telegram_url="http://127.0.0.1:9"):
            assert button.enter(back) == (503, "telegram_unavailable")
        assert button.enter(back) == REFUSED

    def test_is_not_there_without_a_client(self, api: ApiClient) -> None:
        assert api.post(ENTER).json()["code"] == "telegram_missing"


class TestAToken:
    def test_signed_by_nobody_or_by_a_public_key_as_secret_proves_nothing(
        self, button: Button
    ) -> None:
        keys = httpx.get(f"{button.origin}/telegram/.well-known/jwks.json").json()
        now = int(clock.now().timestamp())
        claims = {"iss": "i", "aud": "a", "sub": "s", "id": 1, "iat": now, "exp": now + 9}
        claims["nonce"] = "n"
        modulus = keys["keys"][0]["n"]
        forged = [
            jwt.encode(claims, "", algorithm="none", headers={"kid": "sandbox-1"}),
            jwt.encode(claims, modulus, algorithm="HS256", headers={"kid": "sandbox-1"}),
            jwt.encode(claims, modulus, algorithm="HS256", headers={"kid": "another"}),
            "x.y.z",
            None,
        ]
        for token in forged:
            with pytest.raises(Malformed):
                read_id_token(token, keys=keys, issuer="i", audience="a", nonce="n", at_s=now)


def test_the_challenge_is_that_of_the_standard() -> None:
    """The example of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
