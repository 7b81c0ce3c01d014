"""One spelling of each identifier."""

import pytest

from fondaco.identity.identifiers import (
    Identifier,
    find_identifier,
    normalise_email,
    normalise_phone,
    normalise_username,
)
from fondaco.kit.errors import InvalidField


class TestEmail:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("John.Wick@Example.COM", "john.wick@example.com"),
            ("  john@example.com ", "john@example.com"),
            ("ｊｏｈｎ＠example.com", "john@example.com"),
            ("john@bücher.example", "john@xn--bcher-kva.example"),
            ("john@xn--bcher-kva.example", "john@xn--bcher-kva.example"),
            ("john@eхample.com", "john@xn--eample-bsf.com"),
            ("john+shop@example.com", "john+shop@example.com"),
        ],
    )
    def test_has_one_spelling(self, written: str, kept: str) -> None:
        assert normalise_email(written) == kept

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "john",
            "john@",
            "@example.com",
            "john@example",
            "john@example..com",
            "jоhn@example.com",  # a Cyrillic letter in the local part
            "john\r\nBcc: all@example.com",
            "john@example.com\nX: y",
            "john@exam\u202eple.com",
            "j\u0000ohn@example.com",
            '"john wick"@example.com',
            "john@[127.0.0.1]",
            "john@localhost",
            "a" * 65 + "@example.com",
            "john@" + "a" * 300 + ".com",
            "\ud800@example.com",
        ],
    )
    def test_refuses_what_is_no_address(self, written: str) -> None:
        with pytest.raises(InvalidField) as refusal:
            normalise_email(written)
        assert refusal.value.field == "email"


class TestPhone:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("+34666666666", "+34666666666"),
            ("+34 666 666 666", "+34666666666"),
            ("+34 (666) 66-66-66", "+34666666666"),
            ("＋３４ 666 666 666", "+34666666666"),
        ],
    )
    def test_has_one_spelling(self, written: str, kept: str) -> None:
        assert normalise_phone(written) == kept

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "666666666",
            "+",
            "+1",
            "+999123456789",
            "+99",
            "+1234567890123456789012345678901",
            "+34666666666666666666",
            "\ud800",
            "+3" * 5000,
        ],
    )
    def test_refuses_what_is_no_number(self, written: str) -> None:
        with pytest.raises(InvalidField) as refusal:
            normalise_phone(written)
        assert refusal.value.field == "phone"

    def test_leaves_an_extension_out(self) -> None:
        assert normalise_phone("+34666666666;ext=5\r\n") == "+34666666666"


class TestUsername:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [("JohnWick", "johnwick"), (" lyra_king ", "lyra_king"), ("a.b-c9", "a.b-c9")],
    )
    def test_has_one_spelling(self, written: str, kept: str) -> None:
        assert normalise_username(written) == kept

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "ab",
            "9lives",
            "a" * 33,
            "john wick",
            "jоhnwick",
            "john@wick",
            "jo\nhn",
            "ｊohn",
        ],
    )
    def test_refuses_other_letters(self, written: str) -> None:
        with pytest.raises(InvalidField) as refusal:
            normalise_username(written)
        assert refusal.value.field == "username"


class TestFindIdentifier:
    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("JohnWick", Identifier("username", "johnwick")),
            ("John@Example.com", Identifier("email", "john@example.com")),
            ("ｊohn＠example.com", Identifier("email", "john@example.com")),
            ("+34 666 666 666", Identifier("phone", "+34666666666")),
        ],
    )
    def test_tells_what_was_typed(self, typed: str, found: Identifier) -> None:
        assert find_identifier(typed) == found

    @pytest.mark.parametrize(
        "typed", ["", " ", "12345678", "'; DROP TABLE", "\x00", "\ud800", "x" * 100_000]
    )
    def test_finds_nobody_by_what_cannot_be_anybodys(self, typed: str) -> None:
        assert find_identifier(typed) is None
