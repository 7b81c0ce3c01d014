"""Who asks, and how the intake's answers are written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import BaseModel

from fondaco.kit.access import Actor, Role, require, require_customer
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.idempotency import Answer
from fondaco.kit.errors import DomainError
from fondaco.wallets.types import Rendering


@dataclass(frozen=True, slots=True)
class Asker:
    """Name the customer for whom somebody asks, and who that is."""

    customer_id: UUID
    actor: Actor


def ask_as(request: HttpRequest, permission: str, *roles: Role) -> Asker:
    """Give the customer for whom the caller acts, when he has the permission and one of the roles (or any).

    :raises Forbidden: he has not, or acts for no customer
    """
    who = require(principal(request), permission, *roles)
    return Asker(require_customer(who), who.actor)


def operator(request: HttpRequest, right: str) -> Actor:
    """Give the operator who asks, when he has the right.

    :raises Forbidden: he has not
    """
    return require(principal(request), right).actor


def rendering(
    request: HttpRequest, shape: Callable[[Any], BaseModel], *, status: int = 201
) -> Rendering:
    """Say how what the intake did is written for this request."""

    def done(result: Any) -> Answer:
        return Answer(status, shape(result).model_dump_json().encode())

    def refused(error: DomainError) -> Answer:
        return Answer(error.kind.value, problems.body(request, error))

    return Rendering(done=done, refused=refused)
