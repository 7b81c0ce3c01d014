"""Forms that make something new: sent twice, they make it once."""

from collections.abc import Callable
from typing import Final

from fondaco.kit.access import Principal
from fondaco.kit.django.idempotency import Answer, Key, once
from fondaco.kit.errors import DomainError

_DONE: Final = Answer(200, b"{}")


class SentBefore(Exception):
    """Say that a form came a second time; nothing was done by it."""


def act_once(visitor: Principal, *, operation: str, key: str, act: Callable[[], object]) -> None:
    """Do what a form asks for unless its key was used; a refusal uses up nothing.

    :raises SentBefore: the key was used
    """
    made = Key.make(
        scope=str(visitor.customer_id or visitor.actor),
        operation=f"console.{operation}",
        key=key,
        body=b"",
    )

    def perform() -> Answer:
        act()
        return _DONE

    if once(made, perform, refusal=_refuse)[1]:
        raise SentBefore


def _refuse(error: DomainError) -> Answer:
    raise error
