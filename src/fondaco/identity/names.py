"""Texts that people say of themselves, made safe to show, to log and to put into a header."""

import unicodedata
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from fondaco.kit.errors import InvalidField

PERSON_CHARACTERS_MAX: Final = 100
ORGANISATION_CHARACTERS_MAX: Final = 200
URL_CHARACTERS_MAX: Final = 500
AGENT_CHARACTERS_MAX: Final = 200

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories without a shape: control, direction marks, surrogates, private, unassigned, separators."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width joiners, which Persian and Indic names need."""

_check_url = URLValidator(schemes=("http", "https"))


def clean_name(text: str, *, field: str, characters_max: int = PERSON_CHARACTERS_MAX) -> str:
    """Give a name in composed form (NFC) without spaces around.

    :raises InvalidField: empty, too long, or with letters that nobody can see
    """
    if len(text) > characters_max:
        raise InvalidField(f"At most {characters_max} characters.", field=field)
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > characters_max:
        raise InvalidField(f"Between 1 and {characters_max} characters.", field=field)
    if any(_is_unseen(letter) for letter in name) or not any(map(str.isalnum, name)):
        raise InvalidField("Letters, digits and punctuation only.", field=field)
    return name


def clean_url(text: str, *, field: str = "url") -> str:
    """Give a web address; nothing is fetched.

    :raises InvalidField: not an http or https address, with credentials, or too long
    """
    url = text.strip() if len(text) <= URL_CHARACTERS_MAX else ""
    try:
        _check_url(url)
        has_credentials = "@" in urlsplit(url).netloc
    except (ValidationError, ValueError) as error:
        raise InvalidField("This is not a web address that we take.", field=field) from error
    if has_credentials:
        raise InvalidField("A web address here carries no credentials.", field=field)
    return url


def clean_agent(text: str) -> str:
    """Cut what a client calls itself, and take out letters that nobody can see."""
    seen = (letter for letter in text[: 2 * AGENT_CHARACTERS_MAX] if not _is_unseen(letter))
    return "".join(seen).strip()[:AGENT_CHARACTERS_MAX]


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN and letter not in _JOINERS
