"""How requests for signatures look over HTTP; domains that propose something answer with them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from fondaco.identity.types import CUSTOMER_PREFIX, USER_PREFIX
from fondaco.kit.access import Principal
from fondaco.kit.django.api.schemas import MoneyOut, Strict, WireId
from fondaco.signing.states import RequestState
from fondaco.signing.types import PREFIX, Person, Request, Signature, Stage

RequestWireId = Annotated[UUID, WireId(PREFIX)]
UserWireId = Annotated[UUID, WireId(USER_PREFIX)]


class StageOut(Strict):
    """Show one stage of the present round."""

    step: int = Field(description="Stages of one step are open together, one step after the other.")
    owner: Annotated[UUID, WireId(CUSTOMER_PREFIX)] | None = Field(description="Null: the house.")
    group: str
    required: int
    maker_signs: bool

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """Show a stage."""
        return cls(
            step=stage.step,
            owner=stage.owner,
            group=stage.group,
            required=stage.required,
            maker_signs=stage.maker_signs,
        )


class SignatureOut(Strict):
    """Show one signature."""

    round: int
    group: str
    signer: UserWireId
    signs_for: UserWireId = Field(description="The signer, or who delegated his authority to him.")
    digest: str
    comment: str
    is_void: bool = Field(description="Other terms were put in the place of those signed.")
    signed_at: datetime

    @classmethod
    def of(cls, one: Signature, *, present_round: int) -> Self:
        """Show a signature."""
        return cls(
            round=one.round,
            group=one.group,
            signer=one.signer_id,
            signs_for=one.holder_id,
            digest=one.digest,
            comment=one.comment,
            is_void=one.round != present_round,
            signed_at=one.signed_at,
        )


class SignRequestOut(Strict):
    """Show a request for signatures."""

    id: RequestWireId
    action: str = Field(examples=["ledger.adjust"])
    subject: str
    amount: MoneyOut | None
    state: RequestState
    maker: UserWireId
    author: UserWireId = Field(description="Who wrote the terms of the present round.")
    round: int
    digest: str = Field(description="SHA-256 of ``content`` in canonical JSON; a signer sends it.")
    content: dict[str, Any] = Field(description="What is signed, with the terms.")
    stages: list[StageOut]
    signatures: list[SignatureOut]
    result: dict[str, Any] = Field(description="What came of it.")
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, one: Request) -> Self:
        """Show a request."""
        return cls(
            id=one.id,
            action=one.action,
            subject=one.subject,
            amount=None if one.amount is None else MoneyOut.of(one.amount),
            state=one.state,
            maker=one.maker_id,
            author=one.author_id,
            round=one.round,
            digest=one.digest,
            content=dict(one.content),
            stages=[StageOut.of(stage) for stage in one.stages],
            signatures=[
                SignatureOut.of(signature, present_round=one.round) for signature in one.signatures
            ],
            result=dict(one.result),
            created_at=one.created_at,
            expires_at=one.expires_at,
        )


def person_of(who: Principal) -> Person:
    """Give the person who asks, for whom he acts."""
    return Person(user_id=who.user_id, owner=who.customer_id, actor=who.actor)
