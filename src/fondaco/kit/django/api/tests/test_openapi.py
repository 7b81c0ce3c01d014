"""The API's description of itself."""

import pytest
from django.http import HttpRequest, HttpResponse
from openapi_spec_validator import validate

from fondaco.kit.django.api.router import Router, declarations
from fondaco.kit.django.api.tests import tiny_api
from tests.plumbing.api import ApiClient


class TestDescription:
    def test_is_valid_and_the_same_each_time(self, api: ApiClient) -> None:
        first = api.get("/openapi.json")
        assert first.json()["openapi"] == "3.1.0"
        validate(first.json())
        assert api.get("/openapi.json").content == first.content

    def test_names_operations_after_domain_and_verb(self, api: ApiClient) -> None:
        paths = api.get("/openapi.json").json()["paths"]
        names = [
            operation["operationId"] for verbs in paths.values() for operation in verbs.values()
        ]
        assert len(names) == len(set(names))
        assert "kit_charge" in names

    def test_lists_the_codes_of_each_operation(self, api: ApiClient) -> None:
        once = api.get("/openapi.json").json()["paths"]["/api/v1/once"]["post"]
        assert {
            "refused",
            "malformed_json",
            "invalid_field",
            "unknown_field",
            "unauthenticated",
            "idempotency_key_required",
            "idempotency_key_reused",
            "too_many_requests",
        } <= set(once["x-codes"])
        assert "not_found" not in once["x-codes"]
        described = {
            code
            for answer in once["responses"].values()
            for code in answer["description"].split(" · ")
        }
        assert set(once["x-codes"]) <= described
        assert once["parameters"][0]["name"] == "Idempotency-Key"

    def test_tells_who_may_call(self, api: ApiClient) -> None:
        paths = api.get("/openapi.json").json()["paths"]
        assert paths["/api/v1/charges"]["post"]["security"] == [{"Bearer": []}]
        assert "security" not in paths["/api/v1/open"]["get"]

    def test_tells_that_lists_come_as_csv_too(self, api: ApiClient) -> None:
        answer = api.get("/openapi.json").json()["paths"]["/api/v1/things"]["get"]["responses"][
            "200"
        ]
        assert set(answer["content"]) == {"application/json", "text/csv"}

    def test_shows_amounts_as_text_or_number(self, api: ApiClient) -> None:
        schemas = api.get("/openapi.json").json()["components"]["schemas"]
        kinds = [option["type"] for option in schemas["ChargeIn"]["properties"]["amount"]["anyOf"]]
        assert kinds == ["string", "number"]
        assert schemas["MoneyOut"]["properties"]["amount"]["type"] == "string"
        assert schemas["ThingOut"]["properties"]["id"]["pattern"].startswith("^thg_")

    def test_is_there_for_tests_of_docs(self) -> None:
        declared = {operation.id: operation for operation in declarations(tiny_api.router)}
        assert declared["kit_once"].allows("refused")
        assert not declared["kit_charge"].allows("refused")


class TestPages:
    @pytest.mark.parametrize("path", ["/docs", "/redoc"])
    def test_load_only_what_this_server_has(self, api: ApiClient, path: str) -> None:
        page = api.get(path)
        assert page.status_code == 200
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]
        text = page.content.decode()
        assert "://" not in text
        assert "/api/v1/openapi.json" in text
        for link in [part.split('"')[0] for part in text.split('="/')[1:]]:
            assert api.get(f"/{link}".removeprefix("/api/v1")).status_code == 200

    @pytest.mark.parametrize("name", ["other.js", "..%2fdocs.py", "swagger-ui.css.map", ""])
    def test_have_no_other_files(self, api: ApiClient, name: str) -> None:
        assert api.get(f"/docs/{name}").status_code == 404


class TestRouter:
    def test_refuses_operations_that_want_to_fill_ninjas_answer(self) -> None:

        def view(request: HttpRequest, response: HttpResponse) -> None:
            """Set a header on an answer that is never sent."""

        with pytest.raises(TypeError, match="return an HttpResponse"):
            Router().get("/x")(view)
