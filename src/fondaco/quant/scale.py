"""The scale of risk, 0 to 100, and the ten levels with their words; it needs no arrays."""

from typing import Final, Literal, get_args

from fondaco.quant.errors import BadNumbers

LEVELS: Final = 10
"""Levels of risk: 1 is the least variance, 10 the highest mean."""
RISK_MAX: Final = 100
LevelName = Literal[
    "preservation",
    "very_cautious",
    "cautious",
    "moderate",
    "balanced",
    "progressive",
    "growth",
    "dynamic",
    "bold",
    "maximum",
]
NAMES: Final[tuple[str, ...]] = get_args(LevelName)
"""From the least risk to the most."""


def level_of(risk: int) -> int:
    """Give the level, 1 to 10, of a risk between 0 and 100.

    :raises BadNumbers: the risk lies outside
    """
    if not 0 <= risk <= RISK_MAX:
        raise BadNumbers("a risk lies between 0 and 100")
    return max(1, -(-risk * LEVELS // RISK_MAX))


def level_named(name: str) -> int:
    """Give the number of a level's word.

    :raises ValueError: there is no such word
    """
    return NAMES.index(name) + 1


def risk_of(level: int) -> int:
    """Give the risk, 0 to 100, that stands for a level: the highest that is rounded up to it."""
    return level * 100 // LEVELS
