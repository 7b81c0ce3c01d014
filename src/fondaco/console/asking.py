"""Ask domains in the name of who looks at a page, each form with a key that works once."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fondaco.kit.access import Principal, require_customer
from fondaco.kit.django import idempotency, locks
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError, Kind
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


def intake_once(
    visitor: Principal,
    *,
    operation: str,
    key: str,
    body: str,
    go: Callable[[Any], str] = lambda _: "",
) -> Once:
    """Name a form for an action that takes a key itself; ``body`` is everything that it asks for.

    :param go: gives the address to go on to from what was done; it is kept with the answer
    """
    made = _key(visitor, operation, key, body)
    return Once(made, lambda done: _written(go(done)), _refused)


def act_once(
    visitor: Principal,
    *,
    operation: str,
    key: str,
    body: str,
    act: Callable[[], Refused | str],
) -> Refused | str:
    """Do what a form asks for once per key; gives what was given the first time, or what it was refused for.

    For what no ledger's intake guards; it runs in one transaction, so it must ask nobody outside.

    :raises IdempotencyInProgress: the first sending is still at work
    :raises KeyReused: the key was used with another body
    """

    def perform() -> Answer:
        told = act()
        return _told(told) if isinstance(told, Refused) else _written(told)

    made = _key(visitor, operation, key, body)
    answer, _ = locks.retrying(lambda: idempotency.once(made, perform, refusal=_refused))
    return _read(answer)


def refusal_of(answered: Answered) -> Refused | None:
    """Read the answer that was given to the form's key; none where it did what it asked for."""
    told = _read(answered.answer)
    return told if isinstance(told, Refused) else None


def result_of(answered: Answered) -> Refused | str:
    """Read the answer that was given to the form's key: where to go on to, or what it was refused for."""
    return _read(answered.answer)


def refused_as(error: DomainError) -> Refused:
    """Say what a domain refused."""
    return Refused(error.detail, error.field)


def _key(visitor: Principal, operation: str, key: str, body: str) -> Key:
    scope = str(visitor.customer_id or visitor.actor)
    return Key.make(scope=scope, operation=f"console.{operation}", key=key, body=body.encode())


def _read(answer: Answer) -> Refused | str:
    stored = json.loads(answer.body)
    if answer.status < _REFUSED_FROM:
        return str(stored.get("go", ""))
    return Refused(stored["detail"], stored["field"])


def _written(go: str) -> Answer:
    return Answer(200, json.dumps({"go": go}).encode())


def _told(refused: Refused) -> Answer:
    body = json.dumps({"detail": refused.detail, "field": refused.field})
    return Answer(Kind.INVALID.value, body.encode())


def _refused(error: DomainError) -> Answer:
    body = json.dumps({"detail": error.detail, "field": error.field})
    return Answer(error.kind.value, body.encode())
