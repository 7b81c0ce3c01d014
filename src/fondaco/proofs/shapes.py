"""How seals and proofs by them are shown, over HTTP and as files."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from fondaco.kit.django.api.schemas import Strict, WireId
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.proofs.merkle import leaf_hash
from fondaco.proofs.types import InclusionProof, Seal

TransferWireId = Annotated[UUID, WireId(TRANSFER_PREFIX)]


class SealPartOut(Strict):
    """Show what a block closes of one source."""

    source: str = Field(examples=["transfer"])
    count: int
    root: str = Field(description="Merkle root over its rows, hexadecimal.")


class SealOut(Strict):
    """Show one block of the chain."""

    number: int
    sealed_at: datetime
    parts: list[SealPartOut]
    previous: str = Field(description="Hash of the block before, hexadecimal.")
    hash: str
    key_id: str
    signature: str = Field(description="Ed25519 over the hash's bytes, hexadecimal.")

    @classmethod
    def of(cls, seal: Seal) -> Self:
        """Show a block."""
        return cls(
            number=seal.number,
            sealed_at=seal.sealed_at,
            parts=[
                SealPartOut(source=source, count=part.count, root=part.root.hex())
                for source, part in seal.parts.items()
            ],
            previous=seal.previous.hex(),
            hash=seal.hash.hex(),
            key_id=seal.signature.key_id,
            signature=seal.signature.bytes.hex(),
        )


class SealSiblingOut(Strict):
    """Show one hash on the way from a row to the root."""

    side: Literal["left", "right"]
    hash: str


class ProofOut(Strict):
    """Show that a transfer stands in a block."""

    transfer: TransferWireId
    line: str = Field(description="The row's canonical text, line feed included.")
    leaf: str = Field(description="SHA-256 over a zero byte and the line.")
    index: int
    size: int
    path: list[SealSiblingOut] = Field(
        description="The lowest first; nodes are hashed behind a one."
    )
    seal: SealOut

    @classmethod
    def of(cls, proof: InclusionProof) -> Self:
        """Show a proof."""
        return cls(
            transfer=proof.key,
            line=proof.line.decode(),
            leaf=leaf_hash(proof.line).hex(),
            index=proof.index,
            size=proof.size,
            path=[
                SealSiblingOut(side="left" if one.is_left else "right", hash=one.hash.hex())
                for one in proof.path
            ],
            seal=SealOut.of(proof.seal),
        )
