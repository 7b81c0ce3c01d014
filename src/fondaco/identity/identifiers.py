"""The one normal form of each identifier, so that two spellings never are two people.

E-mail: compatibility forms folded (NFKC), local part ASCII and case-folded, domain in IDNA's ASCII form, so
a Cyrillic or full-width look-alike is either the same address or visibly another. Telephone: E.164. User
name: ASCII, small letters.
"""

import re
import unicodedata
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Literal

from email_validator import EmailNotValidError, validate_email

from fondaco.kit.errors import InvalidField

Kind = Literal["email", "phone", "username"]

_USERNAME: Final = re.compile(r"[a-z][a-z0-9._-]{2,31}", re.ASCII)
_IDENTIFIER_CHARACTERS_MAX: Final = 320
_PHONE_DIGITS_MIN: Final = 6


@dataclass(frozen=True, slots=True)
class Identifier:
    """Name a user in one of three ways, in normal form."""

    kind: Kind
    value: str


def normalise_email(text: str) -> str:
    """Give the normal form of an e-mail address; nothing is looked up in the network.

    :raises InvalidField: not an address that we take, field ``email``
    """
    folded = unicodedata.normalize("NFKC", text).strip() if _is_short(text) else ""
    try:
        found = validate_email(
            folded, allow_smtputf8=False, check_deliverability=False, strict=True
        )
    except EmailNotValidError as error:
        raise InvalidField("This is not an e-mail address that we take.", field="email") from error
    return f"{found.local_part.casefold()}@{found.ascii_domain.lower()}"


def normalise_phone(text: str) -> str:
    """Give a telephone number in E.164; it must begin with ``+`` and the country's code.

    :raises InvalidField: not a possible number, field ``phone``
    """
    refusal = InvalidField("Write the number with + and the country's code.", field="phone")
    folded = unicodedata.normalize("NFKC", text).strip() if _is_short(text) else ""
    if not folded.startswith("+") or not folded.isascii():
        raise refusal
    phonenumbers = import_module("phonenumbers")  # only now: a house without telephones needs none
    try:
        number = phonenumbers.parse(folded)
    except phonenumbers.NumberParseException as error:
        raise refusal from error
    written = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    if not phonenumbers.is_possible_number(number) or len(written) <= _PHONE_DIGITS_MIN:
        raise refusal
    return written


def normalise_username(text: str) -> str:
    """Give a user name in small letters: 3 to 32 of a-z, 0-9, dot, dash, underscore, a letter first.

    :raises InvalidField: another letter or length, field ``username``
    """
    folded = text.strip().lower() if _is_short(text) and text.isascii() else ""
    if _USERNAME.fullmatch(folded) is None:
        raise InvalidField(
            "A user name has 3 to 32 letters a-z, digits, dots, dashes or underscores, a letter first.",
            field="username",
        )
    return folded


def find_identifier(text: str) -> Identifier | None:
    """Read what somebody typed to log in; none when it cannot be anybody's."""
    try:
        if "@" in unicodedata.normalize("NFKC", text[:_IDENTIFIER_CHARACTERS_MAX]):
            return Identifier("email", normalise_email(text))
        if text.strip().startswith(("+", "\N{FULLWIDTH PLUS SIGN}")):
            return Identifier("phone", normalise_phone(text))
        return Identifier("username", normalise_username(text))
    except InvalidField:
        return None


def spelled(text: str) -> str:
    """Give the normal form of what somebody typed to log in, or the text itself where it has none."""
    found = find_identifier(text)
    return found.value if found else text


def _is_short(text: str) -> bool:
    return len(text) <= _IDENTIFIER_CHARACTERS_MAX
