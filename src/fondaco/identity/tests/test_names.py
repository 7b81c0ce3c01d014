"""Texts that people say of themselves."""

import pytest

from fondaco.identity.names import clean_agent, clean_name, clean_url
from fondaco.kit.errors import InvalidField


class TestName:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("John", "John"),
            (" Renée ", "Renée"),
            ("Rene\u0301e", "Renée"),
            ("O'Neil-Łukasz", "O'Neil-Łukasz"),
            ("李小龍", "李小龍"),
            ("نیلوفر\u200cها", "نیلوفر\u200cها"),
        ],
    )
    def test_keeps_what_people_are_called(self, written: str, kept: str) -> None:
        assert clean_name(written, field="first_name") == kept

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "   ",
            "...",
            "x" * 101,
            "John\r\nSet-Cookie: a=b",
            "John\x1b[31m",
            "Jo\u202ehn",
            "Jo\u200bhn",
            "Jo\x00hn",
            "Jo\ud800hn",
        ],
    )
    def test_refuses_what_nobody_can_see_or_read(self, written: str) -> None:
        with pytest.raises(InvalidField) as refusal:
            clean_name(written, field="first_name")
        assert refusal.value.field == "first_name"


class TestUrl:
    @pytest.mark.parametrize(
        "written",
        [
            "https://example.com",
            "http://shop.example.com/a?b=c",
            "https://bücher.example",
        ],
    )
    def test_keeps_web_addresses(self, written: str) -> None:
        assert clean_url(f" {written} ") == written

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "example.com",
            "javascript:alert(1)",
            "ftp://example.com",
            "https://john:secret@example.com",
            "https://exa\nmple.com",
            "https://" + "a" * 600 + ".com",
        ],
    )
    def test_refuses_the_rest(self, written: str) -> None:
        with pytest.raises(InvalidField) as refusal:
            clean_url(written)
        assert refusal.value.field == "url"


class TestAgent:
    def test_loses_what_could_forge_a_log_line(self) -> None:
        assert clean_agent("Browser 1\r\n2026 admin logged in\x1b[0m\x00") == (
            "Browser 12026 admin logged in[0m"
        )

    def test_is_cut(self) -> None:
        assert clean_agent("x" * 100_000) == "x" * 200
