"""Pages speak a second language: whole, with the same values in each sentence, to whoever wants it."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polib  # type: ignore[import-untyped] # it has no types
import pytest
from django.test import Client
from django.utils import timezone, translation

from fondaco.console.amounts import read_amount
from fondaco.console.self.languages import COOKIE, ENGLISH, LANGUAGES
from fondaco.console.templatetags.console import instant, reason
from fondaco.identity.tests.people import unique
from fondaco.kit import options
from fondaco.kit.errors import InvalidField
from fondaco.money import Asset

LOCALE: Final = Path(__file__).parents[1] / "locale"
_VALUES: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{ \w+ \}\}")
OTHERS: Final = [code for code in LANGUAGES if code != ENGLISH]


def place(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def sentences(language: str) -> list[tuple[str, str]]:
    """Give each sentence with its translation, plural forms one by one."""
    found: list[tuple[str, str]] = []
    for entry in polib.pofile(str(place(language))):
        if entry.msgid_plural:
            forms = [entry.msgstr_plural[index] for index in sorted(entry.msgstr_plural)]
            found += [(entry.msgid, forms[0]), *((entry.msgid_plural, one) for one in forms[1:])]
        else:
            found.append((entry.msgid, entry.msgstr))
    return found


@pytest.fixture
def client(tenant: Any) -> Any:
    with options.override(default_tenant=tenant.name, rate_limits=False):
        yield Client(SERVER_NAME="localhost")


@pytest.mark.parametrize("language", OTHERS)
class TestACatalogue:
    def test_has_every_sentence_translated(self, language: str) -> None:
        found = sentences(language)
        assert len(found) > 1000
        assert [said for said, translated in found if not translated.strip()] == []

    def test_keeps_the_values_of_each_sentence(self, language: str) -> None:
        differing = [
            said
            for said, translated in sentences(language)
            if sorted(_VALUES.findall(said)) != sorted(_VALUES.findall(translated))
        ]
        assert differing == []

    def test_is_compiled_as_it_is_written(self, language: str) -> None:
        compiled = polib.mofile(str(place(language).with_suffix(".mo")))
        written = polib.pofile(str(place(language)))
        assert {(one.msgid, one.msgstr, str(one.msgstr_plural)) for one in compiled} == {
            (one.msgid, one.msgstr, str(one.msgstr_plural)) for one in written
        }


class TestAnAmount:
    @pytest.mark.parametrize(
        ("text", "wrong"),
        [
            ("12,5", "ein Betrag besteht aus Ziffern und höchstens einem Punkt"),
            ("0.001", "USD hat 2 Nachkommastellen"),
            ("9" * 40, "der Betrag hat mehr Stellen, als ein Konto fassen kann"),
        ],
    )
    def test_is_refused_in_one_language_alone(self, text: str, wrong: str) -> None:
        with translation.override("de"), pytest.raises(InvalidField) as refused:
            read_amount(text, Asset("USD", 2), field="sum")
        assert refused.value.detail == f"Schreiben Sie es wie 12.50: {wrong}."
        assert refused.value.field == "sum"


class TestPages:
    def test_are_english_unless_something_else_is_wanted(self, client: Client) -> None:
        page = client.get("/console/login").content.decode()
        assert '<html lang="en"' in page
        assert "Forgotten password?" in page

    @pytest.mark.parametrize("wanted", ["de", "de-AT,en;q=0.5", "fr,de;q=0.8"])
    def test_follow_the_browser(self, client: Client, wanted: str) -> None:
        page = client.get("/console/login", headers={"Accept-Language": wanted}).content.decode()
        assert '<html lang="de"' in page
        assert "Passwort vergessen?" in page

    def test_follow_the_choice_before_the_browser(self, client: Client) -> None:
        client.cookies[COOKIE] = "de"
        page = client.get("/console/start", headers={"Accept-Language": "en"}).content.decode()
        assert '<html lang="de"' in page

    def test_of_a_language_that_is_not_ours_are_english(self, client: Client) -> None:
        client.cookies[COOKIE] = "xx"
        page = client.get("/console/start", headers={"Accept-Language": "fr"}).content.decode()
        assert '<html lang="en"' in page

    def test_remember_the_language_that_is_chosen(self, client: Client) -> None:
        client.post("/console/language", {"language": "de"})
        assert client.cookies[COOKIE].value == "de"
        client.post("/console/language", {"language": "nonsense"})
        assert client.cookies[COOKIE].value == "de"

    def test_tell_refusals_in_the_readers_language(self, client: Client) -> None:
        # A new name each time: of one that others have guessed at, another refusal is told.
        given = {"identifier": f"{unique()}@example.com", "password": "not-the-password-at-all"}
        client.cookies[COOKIE] = "de"
        page = client.post("/console/login", given).content.decode()
        assert "Niemand hat diese Kennung und dieses Passwort." in page

    def test_say_why_something_was_refused(self) -> None:
        assert reason("insufficient_funds") == "The wallet does not hold enough"
        assert reason("no_such_code") == "no such code"
        with translation.override("de"):
            assert reason("insufficient_funds") == "Im Wallet liegt nicht genug"

    def test_write_instants_by_the_readers_clock(self) -> None:
        at = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
        assert "2026-01-31 23:30 UTC" in instant(at)
        with translation.override("de"), timezone.override("Europe/Berlin"):
            assert "01.02.2026 00:30 CET" in instant(at)
