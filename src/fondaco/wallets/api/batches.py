"""``/charges/batches``: the same charge to many, or many charges at once."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

from django.http import HttpRequest
from pydantic import Field

from fondaco.kit.access import Role
from fondaco.kit.django.api import throttle
from fondaco.kit.django.api.auth import spend
from fondaco.kit.django.api.idempotency import keyed
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict
from fondaco.wallets.actions.batches import charge_many
from fondaco.wallets.api.asking import ask_as, once
from fondaco.wallets.api.charges import ChargeIn, ChargeOut
from fondaco.wallets.types import BATCH_MAX, Answered

router = Router(tags=["charges"])

_REFUSED: Final = 400
"""HTTP statuses from here on are problems."""


class BatchIn(Strict):
    """Take many charges at once; each succeeds or fails by itself."""

    charges: Annotated[list[ChargeIn], Field(min_length=1, max_length=BATCH_MAX)]


class BatchItemOut(Strict):
    """Show how one charge of a batch came out: the charge, or the problem."""

    index: int
    status: int = Field(description="The HTTP status that the charge would have had alone.")
    charge: dict[str, Any] | None
    problem: dict[str, Any] | None

    @classmethod
    def of(cls, index: int, answered: Answered) -> "BatchItemOut":
        """Show one item."""
        status, told = answered.answer.status, json.loads(answered.answer.body)
        refused = status >= _REFUSED
        return cls.model_construct(
            index=index,
            status=status,
            charge=None if refused else told,
            problem=told if refused else None,
        )


class BatchOut(Strict):
    """Show how all charges of a batch came out, in their order."""

    succeeded: int
    failed: int
    items: list[BatchItemOut]

    @classmethod
    def of(cls, answers: Sequence[Answered]) -> "BatchOut":
        """Show all items."""
        items = [BatchItemOut.of(index, answered) for index, answered in enumerate(answers)]
        failed = sum(1 for item in items if item.problem is not None)
        return cls.model_construct(succeeded=len(items) - failed, failed=failed, items=items)


@router.post("/batches", limit=throttle.CHARGES)
@keyed("wallets.charge_batch")
def charge_batch(request: HttpRequest, body: BatchIn) -> BatchOut:
    """Charge up to 1,000 wallets at once; the answer tells for each item how it came out.

    The key covers each item by its place: asked again, nobody is charged twice and each item gives its first
    answer.
    """
    asker = ask_as(request, "wallets:charge", Role.COMPANY)
    if len(body.charges) > 1:
        spend(request, throttle.CHARGES, cost=len(body.charges) - 1)
    answers = charge_many(
        merchant_id=asker.customer_id,
        asks=[item.to_ask(within=f"charges.{index}") for index, item in enumerate(body.charges)],
        once=once(request, "wallets.charge_batch", ChargeOut.of),
        by=asker.actor,
    )
    return BatchOut.of(answers)
