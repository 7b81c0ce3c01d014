"""A Merkle-sum tree: whoever holds the root knows the sum of all leaves, and a leaf proves that it is in it.

Pure functions over hashes and integers. A node's hash binds the hashes and the sums of both its children, and
no sum below zero is taken: the known attack hides a debt behind a negative sibling (Chalkias et al.,
"Broken Proofs of Solvency in Blockchain Custodial Wallets and Exchanges", 2022).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
SUM_BYTES: Final = 32
"""As a sum is written where it is hashed: unsigned, the greatest byte first."""
PACKED_SUM_BYTES: Final = 17
"""Room for 39 digits where nodes are stored."""
SUM_MAX: Final = 10**39 - 1
CHUNK: Final = 1024
PARTS: Final = 3
"""Each balance is cut into so many leaves at random, so that a neighbour's leaf tells no balance."""
LEAVES_MIN: Final = 64
"""A house with few customers does not show how few."""

_LEAF: Final = b"\x00"
_INNER: Final = b"\x01"
_LENGTH_BYTES: Final = 4
_PACKED: Final = HASH_BYTES + PACKED_SUM_BYTES


class NegativeSum(ValueError):
    """Say that a node would take away from the sum: no tree holds one."""


class Node(NamedTuple):
    """Hold a hash and what is below it, in minor units."""

    hash: bytes
    sum: int


class Secret(NamedTuple):
    """Name what one leaf says, and what hides it from everybody else."""

    report: str
    asset: str
    salt: bytes
    customer: str
    account: str
    part: int
    amount: int


def salt_of(secret: bytes, *, customer: str, account: str, part: int) -> bytes:
    """Give the salt of a leaf: another one in each report, known to its customer alone."""
    return hmac.new(secret, f"{customer}\n{account}\n{part}".encode(), "sha256").digest()


def leaf(said: Secret) -> Node:
    """Make a leaf.

    :raises NegativeSum: its amount is below zero, or has more than 39 digits
    """
    fields = (
        said.report.encode(),
        said.asset.encode(),
        said.salt,
        said.customer.encode(),
        said.account.encode(),
        str(said.part).encode(),
        str(_checked(said.amount)).encode(),
    )
    framed = b"".join(len(field).to_bytes(_LENGTH_BYTES) + field for field in fields)
    return Node(hashlib.sha256(_LEAF + framed).digest(), said.amount)


def padding() -> Node:
    """Make a leaf of nobody, which nobody can tell from an empty account."""
    return Node(secrets.token_bytes(HASH_BYTES), 0)


def join(left: Node, right: Node) -> Node:
    """Make the node above two.

    :raises NegativeSum: one of them is below zero, or both together have more than 39 digits
    """
    text = (
        _INNER
        + left.hash
        + _checked(left.sum).to_bytes(SUM_BYTES)
        + right.hash
        + _checked(right.sum).to_bytes(SUM_BYTES)
    )
    return Node(hashlib.sha256(text).digest(), _checked(left.sum + right.sum))


def root(nodes: Sequence[Node]) -> Node:
    """Give the node above ``2 ** n`` nodes."""
    level = list(nodes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(nodes: Sequence[Node], index: int) -> list[Node]:
    """Give the siblings from one of ``2 ** n`` nodes up to below the root."""
    level, siblings = list(nodes), []
    while len(level) > 1:
        siblings.append(level[index ^ 1])
        level, index = _above(level), index >> 1
    return siblings


def climb(start: Node, position: int, siblings: Iterable[Node]) -> Node:
    """Give the root that a node, its position and its siblings lead to."""
    node = start
    for sibling in siblings:
        node = join(sibling, node) if position & 1 else join(node, sibling)
        position >>= 1
    return node


def split(amount: int, *, parts: int = PARTS) -> list[int]:
    """Cut an amount at random into parts that sum to it."""
    cuts = sorted(secrets.randbelow(amount + 1) for _ in range(parts - 1))
    ends = [0, *cuts, amount]
    return [end - start for start, end in pairwise(ends)]


def size_for(count: int) -> int:
    """Give the number of leaves of a tree that holds so many: a power of two."""
    return max(LEAVES_MIN, 1 << max(count - 1, 0).bit_length())


def shuffled(size: int) -> list[int]:
    """Give all places of a tree in an order that nobody can foresee."""
    places = list(range(size))
    secrets.SystemRandom().shuffle(places)
    return places


def pack(nodes: Iterable[Node]) -> bytes:
    """Write nodes as they are stored."""
    return b"".join(node.hash + node.sum.to_bytes(PACKED_SUM_BYTES) for node in nodes)


def unpack(packed: bytes) -> list[Node]:
    """Read what ``pack`` wrote."""
    return [
        Node(packed[at : at + HASH_BYTES], int.from_bytes(packed[at + HASH_BYTES : at + _PACKED]))
        for at in range(0, len(packed), _PACKED)
    ]


def chunks(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    """Cut the leaves of a tree into pieces that are stored together."""
    for at in range(0, len(nodes), CHUNK):
        yield nodes[at : at + CHUNK]


def _above(level: Sequence[Node]) -> list[Node]:
    return [join(level[at], level[at + 1]) for at in range(0, len(level), 2)]


def _checked(amount: int) -> int:
    if not 0 <= amount <= SUM_MAX:
        raise NegativeSum(f"{amount} is no sum of a tree")
    return amount
