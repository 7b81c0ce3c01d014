"""What signatures bring about: domains register their effects at start; a plain dict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from fondaco.kit.errors import InvalidField
from fondaco.signing.types import Approval, Band, Request, Terms

Shape = TypeVar("Shape", bound=BaseModel)


def _do_nothing(_: object) -> None:
    return None


def _nobody(_: object) -> frozenset[UUID]:
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Generic[Shape]):
    """Say what a kind of request is about and what its last signature does."""

    kind: str
    """The action that policies name, such as ``ledger.adjust``."""
    shape: type[Shape]
    """What terms are made of; it refuses anything else."""
    terms: Callable[[Shape], Terms]
    """Check the terms, before they are proposed and when they are amended."""
    run: Callable[[Shape, Approval], Mapping[str, Any]]
    """Do it, in the transaction of the last signature; what it raises undoes that signature too."""
    lock: Callable[[str], None] = _do_nothing
    """Lock the subject where it is of a domain above signing: before signing locks the request."""
    ended: Callable[[Request], None] = _do_nothing
    """Release what was set aside, in the transaction in which a request ends without effect."""
    barred: Callable[[Shape], frozenset[UUID]] = _nobody
    """Name whoever gains by the terms: he signs them under no policy."""
    bands: tuple[Band, ...] = ()
    """The policy of all who have none of their own."""


_effects: dict[str, Effect[Any]] = {}


def register(effect: Effect[Any]) -> None:
    """Make an effect known to this process; registering it again replaces it."""
    _effects[effect.kind] = effect


def effects() -> Mapping[str, Effect[Any]]:
    """Give all effects by kind."""
    return MappingProxyType(_effects)


def read(effect: Effect[Shape], raw: Mapping[str, Any]) -> Shape:
    """Read terms.

    :raises InvalidField: a value cannot be taken
    """
    try:
        return effect.shape.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidField(first["msg"], field=f"terms.{place}" if place else "terms") from None
