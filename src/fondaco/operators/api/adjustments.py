"""``/operator/adjustments``: a transfer to any account of the books that others sign."""

from typing import Annotated

from django.http import HttpRequest
from pydantic import Field

from fondaco.kit import ids
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Amount, Strict, Text
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.operators.rights import Right
from fondaco.operators.signed import ADJUST, AdjustmentTerms
from fondaco.signing import actions as signing
from fondaco.signing.errors import EffectRefused, NoBand, RequestOpen, SignersMissing
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["journal"])

PROPOSING = (NoBand, SignersMissing, RequestOpen, EffectRefused)
"""What a proposal may be refused for."""

Code = Annotated[Text, Field(min_length=1, max_length=200, examples=["providers:manual:USD"])]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]


class AdjustmentIn(Strict):
    """Take one transfer, and why."""

    debit: Code
    credit: Code
    amount: Amount
    reason: Reason
    evidence: Reason
    memo: Annotated[Text, Field(max_length=500)] = ""


@router.post("/adjustments", status=201, errors=PROPOSING)
@idempotent("operators.propose_adjustment")
def propose_adjustment(request: HttpRequest, body: AdjustmentIn) -> SignRequestOut:
    """Propose an adjustment; it is posted with the last signature that the house's policy wants."""
    who = require(principal(request), Right.LEDGER_ADJUST)
    terms = AdjustmentTerms(transfer=ids.encode(TRANSFER_PREFIX, ids.uuid7()), **body.model_dump())
    return SignRequestOut.of(signing.propose(kind=ADJUST, terms=terms, maker=person_of(who)))
