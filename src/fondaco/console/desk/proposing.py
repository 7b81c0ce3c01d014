"""Proposals: what is asked for takes effect with the signatures that the house's policy wants."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from pydantic import BaseModel

from fondaco.console.desk.acting import Outcome
from fondaco.kit.access import Principal
from fondaco.signing import actions as signing
from fondaco.signing.shapes import person_of
from fondaco.signing.states import RequestState
from fondaco.signing.types import Request


def propose(
    visitor: Principal, *, kind: str, terms: BaseModel | Mapping[str, Any], back: str
) -> Outcome:
    """Propose something in the visitor's name.

    :param back: where the browser goes when it took effect at once
    :raises DomainError: whatever the proposal is refused for
    """
    return proposed(signing.propose(kind=kind, terms=terms, maker=person_of(visitor)), back=back)


def proposed(made: Request, *, back: str) -> Outcome:
    """Say where the browser goes after a proposal."""
    if made.state == RequestState.DONE:
        return Outcome(back, "holds")
    return Outcome(reverse("console:desk-signature", args=(made.wire_id,)), "proposed")
