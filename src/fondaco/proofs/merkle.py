"""Merkle trees as RFC 6962 (section 2.1) defines them, over SHA-256.

A leaf is hashed behind a zero byte and a node behind a one, so that no leaf can pass for a node. A block's
header stands behind a two, which keeps the chain apart from the trees.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

LEAF: Final = b"\x00"
NODE: Final = b"\x01"
HEADER: Final = b"\x02"
EMPTY: Final = sha256(b"").digest()
"""The root over no leaves."""
# Hashes that have taken their first byte: to copy one is quicker than to begin anew.
_begin_leaf: Final = sha256(LEAF).copy
_begin_node: Final = sha256(NODE).copy
_PIECE: Final = 1 << 11
"""Leaves that a growing tree joins at a time: a power of two, so that their root is one of its nodes."""


class Sibling(NamedTuple):
    """Give one hash on the way from a leaf to the root."""

    is_left: bool
    """It stands on the left of what is known."""
    hash: bytes


def leaf_hash(line: bytes) -> bytes:
    """Hash one leaf."""
    return sha256(LEAF + line).digest()


def leaf_hashes(lines: Iterable[bytes]) -> list[bytes]:
    """Hash many leaves."""
    hashes: list[bytes] = []
    for line in lines:
        begun = _begin_leaf()
        begun.update(line)
        hashes.append(begun.digest())
    return hashes


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Give the root over leaf hashes in their order."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


class Tree:
    """Join leaves while they come; the root is that of ``root_of`` over all of them."""

    __slots__ = ("_leaves", "_nodes")

    def __init__(self) -> None:
        """Begin without leaves."""
        self._nodes: list[bytes] = []
        self._leaves: list[bytes] = []

    def add(self, leaves: Sequence[bytes]) -> None:
        """Take further leaf hashes, on the right of those before."""
        self._leaves += leaves
        while len(self._leaves) >= _PIECE:
            self._nodes.append(root_of(self._leaves[:_PIECE]))
            del self._leaves[:_PIECE]

    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        rest = [root_of(self._leaves)] if self._leaves else []
        return root_of([*self._nodes, *rest])


def path_of(leaves: Sequence[bytes], index: int) -> list[Sibling]:
    """Give the siblings by which the root follows from one leaf, the lowest first.

    :raises IndexError: there is no such leaf
    """
    level = list(leaves)
    if not 0 <= index < len(level):
        raise IndexError(index)
    path: list[Sibling] = []
    while len(level) > 1:
        other = index ^ 1
        if other < len(level):
            path.append(Sibling(other < index, level[other]))
        level = _next_level(level)
        index //= 2
    return path


def root_from(leaf: bytes, path: Sequence[Sibling]) -> bytes:
    """Give the root that follows from a leaf's hash and its siblings."""
    known = leaf
    for sibling in path:
        pair = sibling.hash + known if sibling.is_left else known + sibling.hash
        known = sha256(NODE + pair).digest()
    return known


def _next_level(level: list[bytes]) -> list[bytes]:
    """Join pairs; a last one without partner moves up as it is, which gives the RFC's tree."""
    joined: list[bytes] = []
    for left, right in zip(level[::2], level[1::2], strict=False):
        begun = _begin_node()
        begun.update(left + right)
        joined.append(begun.digest())
    if len(level) % 2:
        joined.append(level[-1])
    return joined
