"""Let a partition of transfers go only when blocks can stand for its rows."""

from typing import Final
from uuid import UUID

from django.db import connection, transaction

from fondaco.kit.access import Actor, ActorKind
from fondaco.ledger.dating import least_id
from fondaco.ledger.queries.partitions import Partition
from fondaco.proofs import signatures
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.checking import BlockCheck, Broken, Detached, read_leaves
from fondaco.proofs.lines import TRANSFER
from fondaco.proofs.models import BlockPart, KeptLeaves

_DETACHING: Final = Actor(ActorKind.JOB, "ledger.detach_partitions")
_KEY_BYTES: Final = 16
_COUNT: Final = "SELECT count(*) FROM ledger_transfer WHERE id >= %s AND id < %s"


def why_to_keep(partition: Partition) -> str | None:
    """Give why a partition has to stay for now, or none.

    Every row must be closed by a block and still be what it was. Of a block with rows in other partitions
    too, all hashes are kept, so that those that stay can go on being checked.
    """
    seal(by=_DETACHING, is_thorough=True)
    least, end = least_id(partition.starts_at), least_id(partition.ends_at)
    check, detached, closed = BlockCheck(signatures.public_keys()), Detached.read(), 0
    with transaction.atomic():
        parts = BlockPart.objects.filter(source=TRANSFER.name, greatest__gte=least, least__lt=end)
        for part in parts.order_by("block_id").iterator(chunk_size=10):
            try:
                check.check_part(part, detached)
            except Broken as reason:
                return str(reason)
            inside = _count_inside(bytes(part.keys), least, end)
            closed += inside
            if inside < part.count and not KeptLeaves.objects.filter(part=part).exists():
                KeptLeaves.objects.create(part=part, hashes=b"".join(read_leaves(part)))
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [least, end])
            there = int(cursor.fetchone()[0])
    return None if there == closed else f"{there - closed} of its transfers are in no block"


def _count_inside(keys: bytes, least: UUID, end: UUID) -> int:
    cut = (keys[start : start + _KEY_BYTES] for start in range(0, len(keys), _KEY_BYTES))
    return sum(least.bytes <= key < end.bytes for key in cut)
