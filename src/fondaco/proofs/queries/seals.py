"""Reads of the chain: blocks, and the proof that a transfer stands in one."""

from typing import Final
from uuid import UUID

from django.db import connection, transaction

from fondaco.kit.errors import DomainError, Kind, NotFound
from fondaco.kit.paging import InvalidCursor, Page
from fondaco.proofs import lines
from fondaco.proofs.checking import read_leaves
from fondaco.proofs.lines import TRANSFER
from fondaco.proofs.merkle import path_of, root_of
from fondaco.proofs.models import Block, BlockPart
from fondaco.proofs.signatures import Signature
from fondaco.proofs.types import InclusionProof, Seal, SealedPart

_KEY_BYTES: Final = 16
_NUMBER_MAX: Final = 2**63 - 1
_AGAIN_S: Final = 60


class NotSealed(DomainError):
    """Say that no block closes the transfer yet; blocks are made every minute."""

    code = "transfer_not_sealed"
    kind = Kind.CONFLICT
    title = "No block closes this transfer yet; ask again in a minute."


class SealBroken(DomainError):
    """Say that a block's root does not follow from its rows: somebody changed one of them."""

    code = "seal_broken"
    kind = Kind.CONFLICT
    title = "The block's root does not follow from its rows any more."


def list_seals(*, after: str | None, limit: int) -> Page[Seal]:
    """Give one page of blocks, newest first; ``after`` is the last one's number.

    :raises InvalidCursor: ``after`` is not what a page gave
    """
    if after is not None and not (after.isascii() and after.isdigit() and int(after) < _NUMBER_MAX):
        raise InvalidCursor(field="cursor")
    blocks = Block.objects.order_by("-number")
    if after is not None:
        blocks = blocks.filter(number__lt=int(after))
    found = list(blocks[: limit + 1])
    seals = [_seal(block) for block in found[:limit]]
    return Page(seals, str(seals[-1].number) if len(found) > limit else None)


def get_seal(*, number: int) -> Seal:
    """Give one block.

    :raises NotFound: there is none of this number
    """
    block = Block.objects.filter(number=number).first()
    if block is None:
        raise NotFound
    return _seal(block)


def prove_transfer(*, transfer_id: UUID) -> InclusionProof:
    """Show that a transfer stands in a block, from its row as it is now.

    :raises NotFound: there is no such transfer in the table
    :raises NotSealed: no block closes it yet
    :raises SealBroken: the root does not follow from the rows
    """
    with transaction.atomic(), connection.cursor() as cursor:
        found = lines.copy_lines(
            cursor, TRANSFER, where="id = %(id)s", arguments={"id": transfer_id}
        )
        line = next(iter(list(found)), None)
        if line is None:
            raise NotFound
        part, index = _place_of(transfer_id)
        leaves = read_leaves(part)
        if root_of(leaves) != bytes(part.root):
            raise SealBroken(facts={"block": part.block_id})
        return InclusionProof(
            key=transfer_id,
            line=line,
            index=index,
            size=len(leaves),
            path=path_of(leaves, index),
            seal=_seal(part.block),
        )


def _place_of(transfer_id: UUID) -> tuple[BlockPart, int]:
    parts = BlockPart.objects.filter(
        source=TRANSFER.name, least__lte=transfer_id, greatest__gte=transfer_id
    )
    for part in parts.select_related("block").order_by("-block_id").iterator(chunk_size=10):
        keys, start = bytes(part.keys), -1
        while (start := keys.find(transfer_id.bytes, start + 1)) >= 0:
            if start % _KEY_BYTES == 0:
                return part, start // _KEY_BYTES
    raise NotSealed(retry_after_s=_AGAIN_S)


def _seal(block: Block) -> Seal:
    parts = block.parts.values_list("source", "count", "root")
    return Seal(
        number=block.number,
        sealed_at=block.sealed_at,
        parts={source: SealedPart(count, bytes(root)) for source, count, root in parts},
        previous=bytes(block.previous),
        hash=bytes(block.hash),
        signature=Signature(block.key_id, bytes(block.signature)),
    )
