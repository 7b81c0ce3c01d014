"""Bad input: always a 4xx problem with a stable code and the field's name."""

import json
from typing import Any

import pytest

from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

FITTING = {"wallet": "w1", "amount": "1.50"}


def problem(api: ApiClient, body: bytes | str, **options: Any) -> dict[str, Any]:
    """Send a body to the charge and give the problem, which has the form that all have."""
    response = api.send("POST", "/charges", body=body, token="merchant", **options)
    assert response.headers["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told["status"] == response.status_code
    assert told["type"] == f"urn:fondaco:problem:{told['code']}"
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == response.headers["X-Request-Id"]
    return told


def refusal(api: ApiClient, **changed: Any) -> tuple[int, str, str | None]:
    """Send the fitting charge with changed fields."""
    told = problem(api, json.dumps(FITTING | changed))
    return told["status"], told["code"], told.get("field")


class TestAmounts:
    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ('"1.5"', "1.50"),
            ('"1.50000"', "1.50"),
            ("1.5", "1.50"),
            ("7", "7.00"),
            ("1E2", "100.00"),
            ("15e-1", "1.50"),
            ('"0.01"', "0.01"),
        ],
    )
    def test_are_taken_as_text_and_as_exact_numbers(
        self, api: ApiClient, sent: str, shown: str
    ) -> None:
        body = f'{{"wallet": "w1", "amount": {sent}}}'
        response = api.send("POST", "/charges", body=body, token="merchant")
        assert response.status_code == 201
        assert response.json() == {"amount": shown, "currency": "USD"}

    @pytest.mark.parametrize(
        "sent",
        [
            "0",
            '"0"',
            '"0.00"',
            "0.0",
            "-1",
            '"-1"',
            "-0.01",
            '"0.001"',
            "0.001",
            "1e400",
            "1e-400",
            "1E+41",
            '"1e2"',
            '"NaN"',
            '"Infinity"',
            '"1e400"',
            str(10**40),
            f'"{10**40}"',
            str(10**39),
            f'"{10**39}"',
            '" 1"',
            '"1 "',
            '"1_000"',
            '"1,000"',
            '"+1"',
            '"0x10"',
            '""',
            '"１２"',
            '"١٢"',
            '"1\\u0000"',
            '"\\ud800"',
            "true",
            "null",
            "[]",
            "{}",
        ],
    )
    def test_are_refused_by_their_name(self, api: ApiClient, sent: str) -> None:
        told = problem(api, f'{{"wallet": "w1", "amount": {sent}}}')
        assert (told["status"], told["code"], told["field"]) == (422, "invalid_field", "amount")

    @pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
    def test_are_no_words_that_json_does_not_have(self, api: ApiClient, word: str) -> None:
        told = problem(api, f'{{"wallet": "w1", "amount": {word}}}')
        assert (told["status"], told["code"]) == (400, "malformed_json")

    @pytest.mark.parametrize(
        ("currency", "field"),
        [("EUR", "currency"), ("usd", "currency"), ("", "currency"), (1, "currency")],
    )
    def test_are_refused_in_unknown_currencies(
        self, api: ApiClient, currency: object, field: str
    ) -> None:
        assert refusal(api, currency=currency) == (422, "invalid_field", field)

    def test_have_the_places_of_their_currency(self, api: ApiClient) -> None:
        response = api.post(
            "/charges",
            FITTING | {"amount": "0.000000000000000001", "currency": "ETH"},
            token="merchant",
        )
        assert response.json() == {"amount": "0.000000000000000001", "currency": "ETH"}

    def test_are_named_with_the_object_that_holds_them(self, api: ApiClient) -> None:
        for price, field in (
            ({"amount": "0.001"}, "price.amount"),
            ({"amount": "x"}, "price.amount"),
            ({"amount": "1", "currency": "EUR"}, "price.currency"),
            ({"amount": "1", "fee": 1}, "price.fee"),
        ):
            response = api.post("/nested", {"price": price}, token="merchant")
            assert (response.status_code, response.json()["field"]) == (422, field)


class TestText:
    @pytest.mark.parametrize("sent", ["a\x00b", "\x00", "\ud800", "\udfffx"])
    def test_holds_no_nul_and_no_half_characters(self, api: ApiClient, sent: str) -> None:
        assert refusal(api, wallet=sent) == (422, "invalid_field", "wallet")
        assert refusal(api, tags=["fine", sent]) == (422, "invalid_field", "tags.1")
        assert "NUL" in problem(api, json.dumps(FITTING | {"wallet": sent}))["detail"]

    @pytest.mark.parametrize("sent", ["", "x" * 65, "é" * 65, 1, 1.5, True, None, [], {}])
    def test_has_its_length_and_type(self, api: ApiClient, sent: object) -> None:
        assert refusal(api, wallet=sent) == (422, "invalid_field", "wallet")

    def test_takes_every_other_character(self, api: ApiClient) -> None:
        body = FITTING | {"wallet": "żółw 🐢\n\u202e\x7f"}
        assert api.post("/charges", body, token="merchant").status_code == 201


class TestFields:
    def test_that_are_unknown_are_refused_by_name(self, api: ApiClient) -> None:
        assert refusal(api, ammount="1") == (422, "unknown_field", "ammount")

    def test_that_are_missing_are_refused_by_name(self, api: ApiClient) -> None:
        told = problem(api, '{"wallet": "w1"}')
        assert (told["status"], told["code"], told["field"]) == (422, "invalid_field", "amount")

    def test_are_all_named_at_once(self, api: ApiClient) -> None:
        told = problem(api, '{"wallet": "", "amount": "x", "more": 1}')
        assert {(line["field"], line["code"]) for line in told["errors"]} == {
            ("amount", "amount"),
            ("wallet", "string_too_short"),
            ("more", "unknown_field"),
        }

    def test_with_strange_names_are_named_in_plain_letters(self, api: ApiClient) -> None:
        assert refusal(api, **{"a\x00é": 1}) == (422, "unknown_field", "a\\x00\\xe9")
        assert refusal(api, **{"\ud800": 1}) == (422, "invalid_field", "body")

    @pytest.mark.parametrize("body", ["[]", '"x"', "1", "null", "true"])
    def test_stand_in_an_object(self, api: ApiClient, body: str) -> None:
        told = problem(api, body)
        assert (told["status"], told["code"], told["field"]) == (422, "invalid_field", "body")

    def test_are_demanded_where_the_body_is_empty(self, api: ApiClient) -> None:
        told = problem(api, b"")
        assert (told["status"], told["code"], told["field"]) == (422, "invalid_field", "body")

    @pytest.mark.parametrize(
        "wallet", ["w1", "wal_", "thg_" + "0" * 26, "wal_" + "z" * 26, "wal_" + "I" * 26, 7]
    )
    def test_that_are_identifiers_have_their_form(self, api: ApiClient, wallet: object) -> None:
        body = {"price": {"amount": "1"}, "wallet": wallet}
        response = api.post("/nested", body, token="merchant")
        assert (response.status_code, response.json()["field"]) == (422, "wallet")


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"}",
            b"{'a': 1}",
            b'{"a": 1,}',
            b'{"a": 01}',
            b"\xff\xfe",
            b'{"wallet": "\xff"}',
            b'\xef\xbb\xbf{"wallet": "w1"}',
            b'{"wallet": "a\nb"}',
            b"nul",
            b'{"wallet": "w1", "wallet": "w2", "amount": "1"}',
            b'{"wallet": "w1", "amount": "1", "tags": [{"a": 1, "a": 2}]}',
            b'{"amount": ' + b"1" * 5000 + b"}",
            b"[" * 10_000,
            b"[" * 10_000 + b"]" * 10_000,
            b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
            b'{"a": ["' + b'\\"' * 100_000 + b"[" * 40,
        ],
    )
    def test_that_are_not_json_are_malformed(self, api: ApiClient, body: bytes) -> None:
        told = problem(api, body)
        assert (told["status"], told["code"]) == (400, "malformed_json")

    def test_name_what_stands_twice(self, api: ApiClient) -> None:
        told = problem(api, b'{"wallet": "w1", "amount": "1", "wallet": "w2"}')
        assert told["field"] == "wallet"

    def test_may_hold_many_objects_side_by_side(self, api: ApiClient) -> None:
        batch = [FITTING | {"wallet": '[{"' * 9}] * 100
        assert api.post("/batches", batch, token="merchant").status_code == 204

    def test_of_ten_megabytes_are_too_large(self, api: ApiClient) -> None:
        told = problem(api, b'{"wallet": "' + b"x" * 10_000_000 + b'"}')
        assert (told["status"], told["code"]) == (413, "body_too_large")
        assert told["bytes_max"] == 1_048_576

    def test_of_the_exact_limit_are_read(self, api: ApiClient) -> None:
        body = json.dumps(FITTING).encode().ljust(2048)
        with override(body_bytes_max=2048):
            assert api.send("POST", "/charges", body=body, token="merchant").status_code == 201
            assert problem(api, body + b" ")["code"] == "body_too_large"

    @pytest.mark.parametrize("length", ["-1", "1e3", "x", "１"])
    def test_of_no_readable_length_are_malformed(self, api: ApiClient, length: str) -> None:
        response = api._client.generic(
            "POST",
            "/api/v1/charges",
            b"{}",
            "application/json",
            CONTENT_LENGTH=length,
            HTTP_HOST=api.host,
        )
        assert (response.status_code, response.json()["code"]) == (400, "malformed_json")

    def test_of_absurd_length_are_too_large(self, api: ApiClient) -> None:
        response = api._client.generic(
            "POST",
            "/api/v1/charges",
            b"{}",
            "application/json",
            CONTENT_LENGTH="9" * 5000,
            HTTP_HOST=api.host,
        )
        assert (response.status_code, response.json()["code"]) == (413, "body_too_large")

    def test_in_chunks_need_a_length(self, api: ApiClient) -> None:
        told = problem(api, b"{}", headers={"Transfer-Encoding": "chunked"})
        assert (told["status"], told["code"]) == (411, "length_required")

    @pytest.mark.parametrize(
        "media_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "",
            "json",
            "text/json",
        ],
    )
    def test_are_declared_as_json(self, api: ApiClient, media_type: str) -> None:
        response = api._client.generic(
            "POST",
            "/api/v1/charges",
            json.dumps(FITTING).encode(),
            media_type,
            headers={"Host": api.host, "Authorization": "Bearer merchant"},
        )
        assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")

    def test_may_name_their_character_set(self, api: ApiClient) -> None:
        response = api.post(
            "/charges", FITTING, token="merchant", content_type="Application/JSON; charset=utf-8"
        )
        assert response.status_code == 201


class TestQueries:
    def test_that_are_unknown_are_refused_by_name(self, api: ApiClient) -> None:
        response = api.get("/things?limti=3", token="merchant")
        assert (response.status_code, response.json()["code"]) == (422, "unknown_field")
        assert response.json()["field"] == "limti"

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "limit=", "limit=1%00"]
    )
    def test_keep_the_limit_between_1_and_200(self, api: ApiClient, query: str) -> None:
        response = api.get(f"/things?{query}", token="merchant")
        assert (response.status_code, response.json()["field"]) == (422, "limit")

    @pytest.mark.parametrize(
        "cursor", ["x", "%00", "%ED%A0%80", "A" * 31, "A" * 33, "é" * 32, "-" * 32]
    )
    def test_take_only_their_own_cursors(self, api: ApiClient, cursor: str) -> None:
        response = api.get(f"/things?cursor={cursor}", token="merchant")
        assert response.status_code == 422
        assert response.json()["field"] == "cursor"

    @pytest.mark.parametrize(
        "name", ["x", "thg_", "wal_" + "0" * 26, "thg_" + "z" * 26, "%00", "%ff", "thg_" + "é" * 26]
    )
    def test_answer_404_to_paths_that_name_nothing(self, api: ApiClient, name: str) -> None:
        response = api.get(f"/things/{name}", token="merchant")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
