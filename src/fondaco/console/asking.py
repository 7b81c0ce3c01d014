"""Ask domains in the name of who looks at a page, each form with a key that works once."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fondaco.kit.access import Principal, require_customer
from fondaco.kit.django import idempotency, locks
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError
from fondaco.wallets.types import Answered, Once

_KEY_BYTES: Final = 18
_REFUSED_FROM: Final = 400


@dataclass(frozen=True, slots=True)
class Refused:
    """Say what a form's sending was refused for, now or when it was sent first."""

    detail: str
    field: str | None


def customer_of(visitor: Principal) -> UUID:
    """Give the customer for whom the visitor acts.

    :raises Forbidden: he acts for none
    """
    return require_customer(visitor)


def one_use_key() -> str:
    """Make the key that a form carries: sent twice, by double click, reload or the way back, it acts once."""
    return secrets.token_urlsafe(_KEY_BYTES)


def intake_once(visitor: Principal, *, operation: str, key: str, body: str) -> Once:
    """Name a form for the ledger's intake; ``body`` is everything that it asks for."""
    scope = str(visitor.customer_id or visitor.actor)
    made = Key.make(scope=scope, operation=f"console.{operation}", key=key, body=body.encode())
    return Once(made, lambda _: Answer(200, b"{}"), _write)


def act_once(
    visitor: Principal, *, operation: str, key: str, body: str, act: Callable[[], str]
) -> str | Refused:
    """Do a thing once per key, in a transaction of its own; sent again, it gives what was given then.

    :raises KeyReused: the key was used for something else
    :raises IdempotencyInProgress: the first sending is still at work
    """
    scope = str(visitor.customer_id or visitor.actor)
    made = Key.make(scope=scope, operation=f"console.{operation}", key=key, body=body.encode())

    def perform() -> Answer:
        return Answer(200, json.dumps({"gave": act()}).encode())

    answer, _ = locks.retrying(lambda: idempotency.once(made, perform, refusal=_write))
    told = json.loads(answer.body)
    if answer.status < _REFUSED_FROM:
        return str(told["gave"])
    return Refused(told["detail"], told["field"])


def refusal_of(answered: Answered) -> Refused | None:
    """Read the answer that was given to the form's key; none where it did what it asked for."""
    if answered.answer.status < _REFUSED_FROM:
        return None
    stored = json.loads(answered.answer.body)
    return Refused(stored["detail"], stored["field"])


def _write(error: DomainError) -> Answer:
    body = json.dumps({"detail": error.detail, "field": error.field})
    return Answer(error.kind.value, body.encode())
