"""``/ledger/seals`` and ``/ledger/verify``: the chain of blocks, proofs by it, and recomputing everything."""

import base64
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.lists import Listing, LongPaging, paged_by_text
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, WireId
from fondaco.proofs import signatures
from fondaco.proofs.actions import runs as actions
from fondaco.proofs.actions.runs import VERIFICATION_PREFIX
from fondaco.proofs.queries import runs, seals as queries
from fondaco.proofs.queries.seals import NotSealed, SealBroken
from fondaco.proofs.shapes import ProofOut, SealOut, TransferWireId
from fondaco.proofs.types import AskedVerification

router = Router(auth=staff, tags=["seals"])

BlockNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]
VerificationWireId = Annotated[UUID, WireId(VERIFICATION_PREFIX)]

_READ = "ledger:read"


class SealKeyOut(Strict):
    """Show a public key of the house."""

    key_id: str
    algorithm: str = "Ed25519"
    public_key: str = Field(description="Thirty-two bytes in base64.")


class SealKeysOut(Strict):
    """Show all public keys, the current one first."""

    items: list[SealKeyOut]


class SealVerificationOut(Strict):
    """Show a recomputation that was asked for."""

    id: VerificationWireId
    asked_by: str
    asked_at: datetime
    done_at: datetime | None = Field(description="Null: a worker has not done it yet.")
    difference: str | None = Field(description="The first one; null: all agrees, or not done yet.")
    counts: dict[str, int] = Field(description="Accounts, legs, blocks and rows that were seen.")

    @classmethod
    def of(cls, asked: AskedVerification) -> Self:
        """Show a verification."""
        return cls(
            id=asked.id,
            asked_by=asked.asked_by,
            asked_at=asked.asked_at,
            done_at=asked.done_at,
            difference=asked.difference,
            counts=dict(asked.counts),
        )


@router.get("/seals")
def list_seals(request: HttpRequest, asked: Query[LongPaging]) -> Listing[SealOut]:
    """List the blocks of the chain, newest first."""
    require(principal(request), _READ)
    return paged_by_text(
        asked, lambda after, limit: queries.list_seals(after=after, limit=limit), SealOut.of
    )


@router.get("/seals/{number}")
def show_seal(request: HttpRequest, number: BlockNumber) -> SealOut:
    """Show one block."""
    require(principal(request), _READ)
    return SealOut.of(queries.get_seal(number=number))


@router.get("/transfers/{transfer_id}/proof", errors=(NotSealed, SealBroken))
def prove_transfer(request: HttpRequest, transfer_id: TransferWireId) -> ProofOut:
    """Show that a transfer stands in a block, so that anybody can recompute the block's root."""
    require(principal(request), _READ)
    return ProofOut.of(queries.prove_transfer(transfer_id=transfer_id))


@router.get("/keys", auth=None)
def list_public_keys(request: HttpRequest) -> SealKeysOut:
    """List the public keys by which seals and archives of evidence are checked."""
    del request
    return SealKeysOut(
        items=[
            SealKeyOut(key_id=key_id, public_key=base64.b64encode(public).decode())
            for key_id, public in signatures.public_keys().items()
        ]
    )


@router.post("/verify", status=202)
def ask_verification(request: HttpRequest) -> SealVerificationOut:
    """Have a worker recompute everything; the answer's id leads to what was found."""
    by = require(principal(request), _READ).actor
    asked = actions.ask_verification(by=by)
    return SealVerificationOut.of(runs.get_verification(verification_id=asked))


@router.get("/verify/{verification_id}")
def show_verification(
    request: HttpRequest, verification_id: VerificationWireId
) -> SealVerificationOut:
    """Show what a recomputation found."""
    require(principal(request), _READ)
    return SealVerificationOut.of(runs.get_verification(verification_id=verification_id))
