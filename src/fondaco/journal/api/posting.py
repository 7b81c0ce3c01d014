"""``POST /ledger/…``: post to the books directly, one transfer or 8,000 of them in one call.

Every transfer has a result of its own, a stable word, and the call answers 200 whatever the words are. Only
what cannot be read as transfers at all is refused as a whole, by index and field.
"""

import re
from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import AwareDatetime, BeforeValidator, Field

from fondaco.journal.actions.posting import TRANSFERS_MAX, Ask, post_many
from fondaco.journal.actions.reversal import AlreadyReversed, NotReversible, reverse_transfer
from fondaco.journal.api.routing import TransferWireId, router
from fondaco.kit.access import Principal, require
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.idempotency import idempotent, run_once
from fondaco.kit.django.api.refusals import IdempotencyKeyInvalid, IdempotencyKeyRequired
from fondaco.kit.django.api.schemas import Amount, Strict, Text, WireId
from fondaco.kit.django.idempotency import IdempotencyInProgress, KeyReused
from fondaco.kit.django.locks import retrying
from fondaco.kit.errors import SignatureRequired
from fondaco.ledger.actions import PartitionMissing
from fondaco.ledger.actions.rights import Basis
from fondaco.ledger.types import TRANSFER_PREFIX, Outcome, Result, Step, TransferId

_WRITE: Final = "ledger:write"
_ADJUST: Final = "ledger:adjust"
_OPERATION: Final = "ledger.post_transfers"
_KEY_ERRORS: Final = (
    IdempotencyKeyRequired,
    IdempotencyKeyInvalid,
    KeyReused,
    IdempotencyInProgress,
)
_PLAIN_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def _plain_uuid(value: object) -> object:
    """Take a UUID as everybody writes it beside our own spelling."""
    if isinstance(value, str) and _PLAIN_UUID.fullmatch(value):
        return UUID(value)
    return value


Code = Annotated[Text, Field(max_length=200, examples=["custom:shop:till-1:USD"])]
GivenId = Annotated[UUID, WireId(TRANSFER_PREFIX), BeforeValidator(_plain_uuid)]
"""A transfer's identifier, ``tr_…`` or a plain UUID of version 7."""
Sentence = Annotated[Text, Field(max_length=500)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
Metadata = Annotated[
    dict[Word, Annotated[Text, Field(max_length=500)]],
    Field(max_length=20, description="Up to 20 words with texts."),
]


class TransferIn(Strict):
    """Take one transfer: a movement or a hold between two accounts, or the end of a hold."""

    id: GivenId | None = Field(
        default=None,
        description="A UUID of version 7 of your own makes a repeat harmless; without one we make it.",
    )
    debit: Code = ""
    credit: Code = ""
    amount: Amount | None = Field(
        default=None,
        description="In major units of the accounts' asset; a capture may leave it out.",
    )
    step: Step = Step.POST
    hold: GivenId | None = Field(default=None, description="What a capture or a void ends.")
    linked: bool = Field(
        default=False, description="Succeeds or fails together with the next transfer."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="When a hold runs out.")
    reference: UUID | None = None
    memo: Sentence = ""
    metadata: Metadata = Field(default_factory=dict)

    def to_ask(self) -> Ask:
        """Give what is asked."""
        return Ask(
            id=self.id,
            debit=self.debit,
            credit=self.credit,
            amount=self.amount or "",
            step=self.step,
            hold_id=self.hold,
            linked=self.linked,
            expires_at=self.expires_at,
            reference=self.reference,
            memo=self.memo,
            metadata=self.metadata,
        )


class GroundsIn(Strict):
    """Take why something is posted outside ``custom:``, and what proves it."""

    reason: Sentence = ""
    evidence: Sentence = ""

    def to_basis(self, who: Principal) -> Basis:
        """Give what the caller may do and why he does it."""
        return Basis(
            may_adjust=who.can(_ADJUST), reason=self.reason.strip(), evidence=self.evidence.strip()
        )


class TransfersIn(GroundsIn):
    """Take transfers, which are posted in their order."""

    transfers: list[TransferIn] = Field(min_length=1, max_length=TRANSFERS_MAX)


class EndIn(GroundsIn):
    """Take how much of a hold is posted."""

    amount: Amount | None = Field(default=None, description="All of it, unless told.")


class ResultOut(Strict):
    """Show how one transfer came out."""

    id: TransferWireId
    result: Result
    original: Result | None = Field(
        default=None, description="What a refusal said that is repeated here."
    )

    @classmethod
    def of(cls, outcome: Outcome) -> "ResultOut":
        """Show an outcome."""
        return cls.model_construct(id=outcome.id, result=outcome.result, original=outcome.original)


class ResultsOut(Strict):
    """Show how all transfers came out, in their order."""

    succeeded: int
    refused: int
    results: list[ResultOut]


@router.post("/transfers", errors=(PartitionMissing, SignatureRequired, *_KEY_ERRORS))
def post_transfers(request: HttpRequest, body: TransfersIn) -> ResultsOut | HttpResponse:
    """Post one transfer or up to 8,000, in their order, each with a result of its own.

    Linked ones succeed or fail together. A repeat is harmless when every transfer carries an id of its own,
    or the request an Idempotency-Key; one of the two is demanded.
    """
    who = _writer(request)

    def perform() -> HttpResponse:
        outcomes = post_many(
            asks=[one.to_ask() for one in body.transfers], basis=body.to_basis(who), by=who.actor
        )
        return _answer(outcomes)

    return _perform(request, body, perform)


@router.post("/transfers/{transfer_id}/post", errors=(PartitionMissing, SignatureRequired))
@idempotent("ledger.post_hold")
def post_hold(request: HttpRequest, transfer_id: TransferWireId, body: EndIn) -> ResultOut:
    """Post a hold, all of it or a part; the rest is released."""
    return _end(request, transfer_id, Step.CAPTURE, body.amount or "", body)


@router.post("/transfers/{transfer_id}/void", errors=(PartitionMissing,))
@idempotent("ledger.void_hold")
def void_hold(request: HttpRequest, transfer_id: TransferWireId, body: GroundsIn) -> ResultOut:
    """Release a hold."""
    return _end(request, transfer_id, Step.VOID, "", body)


@router.post(
    "/transfers/{transfer_id}/reverse",
    errors=(PartitionMissing, NotReversible, AlreadyReversed, SignatureRequired),
)
@idempotent("ledger.reverse")
def reverse(request: HttpRequest, transfer_id: TransferWireId, body: GroundsIn) -> ResultOut:
    """Correct a transfer that moved money by one of the same amount the other way, once."""
    who = _writer(request)
    outcome = reverse_transfer(
        transfer_id=TransferId(transfer_id), basis=body.to_basis(who), by=who.actor
    )
    return ResultOut.of(outcome)


def _writer(request: HttpRequest) -> Principal:
    """Give the caller, when he may write to some accounts at least.

    :raises Forbidden: he may write to none
    """
    who = principal(request)
    return who if who.can(_ADJUST) else require(who, _WRITE)


def _perform(
    request: HttpRequest, body: TransfersIn, perform: Callable[[], HttpResponse]
) -> HttpResponse:
    if "HTTP_IDEMPOTENCY_KEY" in request.META:
        return run_once(request, _OPERATION, perform)
    for number, one in enumerate(body.transfers):
        if one.id is None:
            raise IdempotencyKeyRequired(
                "Send an Idempotency-Key, or an id with every transfer.",
                field=f"transfers.{number}.id",
            )
    return retrying(perform)


def _answer(outcomes: list[Outcome]) -> HttpResponse:
    done = sum(outcome.is_done for outcome in outcomes)
    answer = ResultsOut.model_construct(
        succeeded=done,
        refused=len(outcomes) - done,
        results=[ResultOut.of(outcome) for outcome in outcomes],
    )
    text = answer.model_dump_json(exclude_none=True)
    return HttpResponse(text, content_type="application/json")


def _end(
    request: HttpRequest, hold_id: UUID, step: Step, amount: str, body: GroundsIn
) -> ResultOut:
    who = _writer(request)
    ask = Ask(id=None, debit="", credit="", amount=amount, step=step, hold_id=hold_id)
    (outcome,) = post_many(asks=[ask], basis=body.to_basis(who), by=who.actor, within="")
    return ResultOut.of(outcome)
