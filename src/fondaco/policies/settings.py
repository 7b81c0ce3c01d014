"""What a house may say for itself where the environment speaks for all houses: names, shapes, defaults.

A setting is read from memory (see ``book``); a name without a row has the option's value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fondaco.kit.errors import InvalidField
from fondaco.kit.options import Options

TIME_ZONE: Final = "time_zone"
ORIGINS: Final = "allowed_origins"
RATE: Final = "rate_"
"""Rate limits are ``rate_`` and the limit's name: ``rate_user``, ``rate_charges`` …"""

_WINDOWS_MAX: Final = 4
_AMOUNT_MAX: Final = 1_000_000
_SECONDS_MAX: Final = 86_400
_ORIGINS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Say what a setting is."""

    default: Callable[[Options], Any]
    check: Callable[[Any], Any]
    """Give the value as it is stored; raises ``ValueError`` with a sentence."""
    per_customer: bool = False


def _zone(value: Any) -> str:
    try:
        return ZoneInfo(str(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("There is no such time zone.") from None


def _origins(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > _ORIGINS_MAX:
        raise ValueError("Origins are a list of at most 100.")
    return [_origin(one) for one in value]


def _origin(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if value != "*" and (
        parts.scheme not in {"http", "https"} or f"{parts.scheme}://{parts.netloc}" != value
    ):
        raise ValueError("An origin is https://host, without a path; * is any.")
    return str(value)


def _windows(value: Any) -> list[list[int]]:
    if not isinstance(value, list) or not 1 <= len(value) <= _WINDOWS_MAX:
        raise ValueError("A rate limit is a list of 1 to 4 windows.")
    return [_window(one) for one in value]


def _window(value: Any) -> list[int]:
    if (
        not isinstance(value, list)
        or [type(part) for part in value] != [int, int]
        or not 1 <= value[0] <= _AMOUNT_MAX
        or not 1 <= value[1] <= _SECONDS_MAX
    ):
        raise ValueError("A window is [requests, seconds], both whole and positive.")
    return [value[0], value[1]]


DECLARED: Final[Mapping[str, Declared]] = {
    TIME_ZONE: Declared(default=lambda chosen: chosen.time_zone, check=_zone),
    ORIGINS: Declared(default=lambda chosen: list(chosen.allowed_origins), check=_origins),
    "rate_anonymous": Declared(
        default=lambda chosen: [[chosen.rate_anonymous_per_minute, 60]], check=_windows
    ),
    "rate_user": Declared(
        default=lambda chosen: [
            [chosen.rate_user_per_hour, 3600],
            [chosen.rate_user_burst_per_second, 1],
        ],
        check=_windows,
        per_customer=True,
    ),
    "rate_charges": Declared(
        default=lambda chosen: [[chosen.rate_charges_per_second, 1]],
        check=_windows,
        per_customer=True,
    ),
}


def checked(*, name: str, value: Any, is_of_customer: bool) -> Any:
    """Give a setting's value as it is stored.

    :raises InvalidField: there is no such setting, or it cannot have this value
    """
    declared = DECLARED.get(name)
    if declared is None:
        raise InvalidField("There is no such setting.", field="name")
    if is_of_customer and not declared.per_customer:
        raise InvalidField(
            "This setting is the house's, no customer has his own.", field="customer"
        )
    try:
        return declared.check(value)
    except ValueError as error:
        raise InvalidField(str(error), field="value") from None
