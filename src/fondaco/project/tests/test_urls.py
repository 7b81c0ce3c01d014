"""Which process answers which paths."""

from importlib import import_module

from django.test import override_settings

from tests.plumbing.api import ApiClient

CALLBACKS = "fondaco.project.settings.callbacks"


class TestWeb:
    def test_answers_the_api_and_the_callbacks(self, api: ApiClient) -> None:
        assert api.get("/me").status_code == 401
        assert api.get("/livez").status_code == 200
        assert api.get("/callbacks/nobody/key").status_code == 404


class TestWebOnlyCallbacks:
    def test_answers_no_api(self, api: ApiClient) -> None:
        settings = import_module(CALLBACKS)
        with override_settings(ROOT_URLCONF=settings.ROOT_URLCONF):
            assert api.get("/me").status_code == 404
            assert api.get("/livez").status_code == 200
            assert api.get("/readyz").status_code == 200
            assert api.get("/callbacks/nobody/key").status_code == 404
        assert api.get("/me").status_code == 401

    def test_differs_from_web_in_nothing_else(self) -> None:
        web, only = import_module("fondaco.project.settings"), import_module(CALLBACKS)
        names = {name for name in dir(only) if name.isupper()}
        assert {n for n in names if getattr(only, n) != getattr(web, n)} == {"ROOT_URLCONF"}
        assert {n for n in dir(web) if n.isupper()} == names
