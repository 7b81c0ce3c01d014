"""Refusals and failures on the wire."""

import logging

import pytest
from django.http import HttpRequest
from django.test import override_settings
from django.utils import translation

from fondaco.kit.django.api import problems, router
from fondaco.kit.django.api.refusals import BodyTooLarge
from fondaco.kit.errors import DomainError, InvalidField, NotFound, walk
from tests.plumbing.api import ApiClient

TOKEN = "merchant"


class TestProblems:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/broken/undeclared", 409, "refused"),
            ("/broken/forbidden", 403, "forbidden"),
            ("/broken/suspicious", 400, "bad_request"),
            ("/broken/teapot", 500, "internal_error"),
            ("/broken/large", 413, "body_too_large"),
            ("/broken/lock", 503, "lock_timeout"),
            ("/broken/slow", 503, "lock_timeout"),
            ("/broken/gone", 503, "database_unavailable"),
            ("/broken/else", 500, "internal_error"),
            ("/nowhere", 404, "not_found"),
            ("/api/bare", 500, "internal_error"),
            ("/api/v2/charges", 404, "not_found"),
        ],
    )
    def test_tell_what_happened_and_nothing_of_the_house(
        self, api: ApiClient, path: str, status: int, code: str
    ) -> None:
        response = api.get(path, token=TOKEN)
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers["Content-Type"] == "application/problem+json"
        assert b"secret of the house" not in response.content
        assert b"Traceback" not in response.content

    @override_settings(DEBUG=True)
    def test_tell_no_more_in_debug(self, api: ApiClient) -> None:
        for path in ("/broken/else", "/api/bare", "/nowhere"):
            response = api.get(path, token=TOKEN)
            assert response.headers["Content-Type"] == "application/problem+json"
            assert b"secret of the house" not in response.content

    def test_ask_to_come_back_when_the_database_is_busy(self, api: ApiClient) -> None:
        assert api.get("/broken/lock", token=TOKEN).headers["Retry-After"] == "1"

    def test_log_what_nobody_foresaw(
        self, api: ApiClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, logger=problems.__name__):
            api.get("/broken/else", token=TOKEN)
        (record,) = [entry for entry in caplog.records if entry.name == problems.__name__]
        assert record.exc_info is not None
        assert record.exc_info[0] is ZeroDivisionError

    def test_name_the_methods_that_a_path_takes(self, api: ApiClient) -> None:
        response = api.put("/charges", {}, token=TOKEN)
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
        assert response.headers["Allow"] == "POST"

    def test_say_how_to_authenticate(self, api: ApiClient) -> None:
        response = api.get("/things")
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        assert response.headers["WWW-Authenticate"] == "Bearer"

    def test_carry_further_facts_but_let_none_overwrite_a_member(self) -> None:
        error = InvalidField("No.", field="x", facts={"left": "1.00", "code": "other"})
        body = problems.respond(HttpRequest(), error).content
        assert b'"left": "1.00"' in body
        assert b'"code": "invalid_field"' in body
        assert b"other" not in body

    @pytest.mark.parametrize(
        ("host", "status", "code"),
        [("nobody.test", 404, "tenant_not_found"), ("a_b!", 400, "bad_request")],
    )
    def test_answer_for_hosts_that_nobody_has(self, host: str, status: int, code: str) -> None:
        response = ApiClient(host).get("/open")
        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.json()["request_id"] == response.headers["X-Request-Id"]

    def test_leave_pages_outside_the_api_alone(self, api: ApiClient) -> None:
        response = api._client.get("/web", headers={"Host": api.host})
        assert response.status_code == 500
        assert response.headers["Content-Type"].startswith("text/html")


class TestLanguage:
    def test_changes_sentences_but_no_codes(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        german = {NotFound.title: "Das gibt es nicht, oder es gehört dir nicht."}
        spoken = translation.gettext

        def gettext(sentence: str) -> str:
            known = german if translation.get_language() == "de" else {}
            return known.get(sentence, spoken(sentence))

        monkeypatch.setattr(translation, "gettext", gettext)
        told = api.get("/nowhere", headers={"Accept-Language": "de, en;q=0.5"}).json()
        assert told["title"] == german[NotFound.title]
        assert told["code"] == "not_found"

    def test_stays_english_without_a_translation(self, api: ApiClient) -> None:
        for wanted in ("nn", "tlh", "*", ";;q=x", ""):
            told = api.get("/nowhere", headers={"Accept-Language": wanted}).json()
            assert told["title"] == NotFound.title


class TestUndeclaredCodes:
    def test_are_reported(self, api: ApiClient) -> None:
        reported: list[tuple[str, str]] = []
        router.on_undeclared(lambda operation, code: reported.append((operation, code)))
        api.get("/broken/undeclared", token=TOKEN)
        api.get("/things?nope=1", token=TOKEN)
        api.post("/written", {"price": {"amount": "1"}}, token=TOKEN)
        assert reported == [("kit_broken", "refused"), ("kit_written", "refused")]

    def test_are_logged(self, api: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, logger=router.__name__):
            api.get("/broken/undeclared", token=TOKEN)
        assert "kit_broken does not declare refused" in caplog.text


class TestTree:
    def test_names_each_code_once(self) -> None:
        codes = [error.code for error in walk()]
        assert len(codes) == len(set(codes))

    def test_gives_each_leaf_a_title_and_a_kind(self) -> None:
        for error in walk():
            assert error.title.endswith((".", "?")), error
            assert 400 <= error.kind.value <= 503

    def test_falls_back_to_its_title(self) -> None:
        assert str(BodyTooLarge()) == BodyTooLarge.title
        assert isinstance(BodyTooLarge(), DomainError)
