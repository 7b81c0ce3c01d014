"""What is masked in a log line, and what is left to be read."""

import base64
import random

import pytest
from hypothesis import given, strategies as st

from fondaco.kit.django.redaction import MASK, redact, redact_item, redact_text
from fondaco.kit.ids import encode, uuid7

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMDFhIn0.c2lnbmF0dXJl-_x"


class TestRedactItem:
    @pytest.mark.parametrize(
        "name",
        [
            "password",
            "new_password",
            "Authorization",
            "access_token",
            "refreshToken",
            "api_key",
            "API-KEY".replace("-", "_"),
            "client_secret",
            "Set-Cookie",
            "recovery_code",
            "DATABASE_URL",
            "card_number",
            "mnemonic",
        ],
    )
    def test_masks_by_name_whatever_the_value(self, name: str) -> None:
        assert redact_item(name, "x") == MASK
        assert redact_item(name, {"a": 1}) == MASK
        assert redact_item(name, None) is None

    @pytest.mark.parametrize(
        "name", ["token_type", "code", "session_id", "amount", "key_id", "state"]
    )
    def test_leaves_names_that_hold_no_secret(self, name: str) -> None:
        assert redact_item(name, "Bearer") == "Bearer"


class TestRedactText:
    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
            (f"token {JWT} refused", JWT),
            ("postgresql://app:hunter2@db:5432/x", "hunter2"),
            ("redis://:hunter2@cache/0", "hunter2"),
            ("GET /verify?token=abcdef&next=/", "abcdef"),
            ("POST /api/v1/wallets/wt_06bqjwmrdjtkskxt/top-ups", "06bqjw"),
            ("GET /?x=1&api_key=abc", "=abc"),
            ("-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----", "MHc"),
        ],
    )
    def test_masks_by_look(self, text: str, secret: str) -> None:
        masked = redact_text(text)
        assert secret not in masked
        assert MASK in masked

    def test_masks_random_tokens_of_32_bytes(self) -> None:
        # Seeded: one such token in a million or so cannot be told from a name, and no test should meet it.
        chance = random.Random(7)
        for _ in range(500):
            token = base64.urlsafe_b64encode(chance.randbytes(32)).decode().rstrip("=")
            assert token not in redact_text(f"/wallets/{token}/history {token}")
            letters = token.translate(str.maketrans("0123456789", "QXZKVJWQXZ"))
            assert letters not in redact_text(f"/wallets/{letters}/history {letters}")

    def test_leaves_ids_paths_and_sentences(self) -> None:
        for text in (
            f"order {encode('ord', uuid7())} of {uuid7()} settled",
            "/srv/fondaco/src/fondaco/kit/django/metrics_database.py:120",
            "test_leaves_ids_paths_and_sentences_that_are_longer_than_others",
            "amount 123456789012345678901234567890123456789 minor units",
            "IdempotencyKeyRequiredForEachOperationThatMovesMoney",
        ):
            assert redact_text(text) == text


class TestRedact:
    def test_goes_into_containers_and_changes_none(self) -> None:
        given_value = {"user": {"password": "a", "tags": ["Bearer abcdefghij", 1, None]}}
        assert redact(given_value) == {
            "user": {"password": MASK, "tags": [f"Bearer {MASK}", 1, None]}
        }
        assert given_value["user"]["password"] == "a"

    def test_ends_in_a_value_that_contains_itself(self) -> None:
        loop: list[object] = []
        loop.append(loop)
        assert MASK in str(redact(loop))

    @given(st.recursive(st.none() | st.text() | st.integers() | st.binary(), st.lists))
    def test_takes_any_value(self, value: object) -> None:
        redact(value)
