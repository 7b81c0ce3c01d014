"""Styles and scripts arrive small, whole and unchanged."""

import gzip
import hashlib
import re
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client

from fondaco.console import assets
from fondaco.console.assets import asset_url
from fondaco.kit import options

pytestmark = pytest.mark.usefixtures("tenant")

_STATIC: Final = Path(assets.__file__).parent / "static" / "console"
_VENDOR: Final = _STATIC / "vendor"
_LINE: Final = re.compile(r"^\| `([\w.]+)` .*`([0-9a-f]{64})` \|$", re.MULTILINE)


@pytest.fixture
def client(tenant: Any) -> Any:
    with options.override(default_tenant=tenant.name, rate_limits=False):
        yield Client(SERVER_NAME="localhost")


def test_the_scripts_of_others_are_those_that_are_written_down() -> None:
    told = dict(_LINE.findall((_VENDOR / "README.md").read_text()))
    there = {path.name for path in _VENDOR.iterdir() if path.suffix in {".js", ".css"}}
    found = {name: hashlib.sha256((_VENDOR / name).read_bytes()).hexdigest() for name in there}
    assert found == told


@pytest.mark.parametrize("name", ["console.js", "console.css", "vendor/htmx.min.js"])
def test_files_travel_compressed_for_whoever_can_read_that(client: Client, name: str) -> None:
    plain, packed = (
        client.get(asset_url(name), headers={"accept-encoding": coding})
        for coding in ("identity", "gzip, br")
    )
    assert (plain.get("Content-Encoding"), packed["Content-Encoding"]) == (None, "gzip")
    assert gzip.decompress(packed.content) == plain.content == (_STATIC / name).read_bytes()
    assert plain["ETag"] != packed["ETag"]
    assert packed["Vary"] == "Accept-Encoding"


def test_a_file_that_the_browser_has_is_not_sent_again(client: Client) -> None:
    first = client.get(asset_url("console.js"), headers={"accept-encoding": "gzip"})
    known = {"accept-encoding": "gzip", "if-none-match": first["ETag"]}
    again = client.get(asset_url("console.js"), headers=known)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["vendor/README.md", "vendor/htmx.LICENSE", "../views/money.py"])
def test_nothing_but_styles_scripts_and_pictures_is_served(client: Client, name: str) -> None:
    assert client.get(f"/console/assets/{name}").status_code == 404


def test_pages_travel_compressed(client: Client) -> None:
    answer = client.get("/console/login", headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"<h1>Log in</h1>" in gzip.decompress(answer.content)
