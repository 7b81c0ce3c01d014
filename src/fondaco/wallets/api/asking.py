"""Who asks, and how the intake's answers are written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel

from fondaco.kit.access import Actor, Role, require, require_customer
from fondaco.kit.django.api import problems
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.idempotency import idempotency_key, respond
from fondaco.kit.django.idempotency import Answer
from fondaco.kit.errors import DomainError
from fondaco.wallets.queries.wallets import get_wallet_id
from fondaco.wallets.types import Answered, Once, WalletId


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


@dataclass(frozen=True, slots=True)
class Owner:
    """Name a wallet, the customer who holds it and who asks for him."""

    wallet_id: WalletId
    customer_id: UUID
    actor: Actor


def ask_as_owner(request: HttpRequest, reference: str, permission: str) -> Owner:
    """Give the wallet that the caller names by token or identifier, when it is his and he has the permission.

    :raises Forbidden: he has not, or acts for no customer
    :raises NotFound: there is no such wallet of this customer
    """
    asker = ask_as(request, permission)
    wallet_id = get_wallet_id(reference=reference, customer_id=asker.customer_id)
    return Owner(wallet_id, asker.customer_id, asker.actor)


def operator(request: HttpRequest, right: str) -> Actor:
    """Give the operator who asks, when he has the right.

    :raises Forbidden: he has not
    """
    return require(principal(request), right).actor


def once(
    request: HttpRequest, operation: str, shape: Callable[[Any], BaseModel], *, status: int = 201
) -> Once:
    """Name the request by its key, and say how what the intake did is written for it.

    :raises IdempotencyKeyRequired: the header is absent
    :raises IdempotencyKeyInvalid: it is empty, longer than 255 or not visible ASCII
    """

    def done(result: Any) -> Answer:
        return Answer(status, shape(result).model_dump_json().encode())

    def refused(error: DomainError) -> Answer:
        return Answer(error.kind.value, problems.body(request, error))

    return Once(idempotency_key(request, operation), done, refused)


def tell(answered: Answered) -> HttpResponse:
    """Send the answer that is stored under the key."""
    return respond(answered.answer, replayed=answered.replayed)
