"""The Merkle-sum tree by itself."""

from dataclasses import dataclass

import pytest
from hypothesis import given, strategies

from fondaco.proofs import liabilities_tree as tree
from fondaco.proofs.liabilities_tree import NegativeSum, Node, Secret

AMOUNTS = strategies.integers(0, 10**30)


@dataclass(frozen=True, slots=True)
class _Grown:
    """A tree of leaves with amounts."""

    leaves: list[Node]

    @property
    def root(self) -> Node:
        return tree.root(self.leaves)


def grow(amounts: list[int]) -> _Grown:
    real = [tree.leaf(_said(number, amount)) for number, amount in enumerate(amounts)]
    size = 1 << max(len(real) - 1, 0).bit_length()
    return _Grown([*real, *(tree.padding() for _ in range(size - len(real)))])


def _said(number: int, amount: int) -> Secret:
    return Secret("prf_1", "USD", b"salt", f"cus_{number}", "wallets:wal_1:USD", 0, amount)


class TestATree:
    @given(strategies.lists(AMOUNTS, min_size=1, max_size=40), strategies.data())
    def test_leads_from_each_leaf_to_a_root_that_sums_all(
        self, amounts: list[int], data: strategies.DataObject
    ) -> None:
        grown = grow(amounts)
        at = data.draw(strategies.integers(0, len(amounts) - 1))
        siblings = tree.path(grown.leaves, at)
        assert grown.root.sum == sum(amounts)
        assert tree.climb(grown.leaves[at], at, siblings) == grown.root

    @given(strategies.lists(AMOUNTS, min_size=2, max_size=20), strategies.data())
    def test_has_another_root_when_any_sibling_differs(
        self, amounts: list[int], data: strategies.DataObject
    ) -> None:
        grown = grow(amounts)
        siblings = tree.path(grown.leaves, 0)
        at = data.draw(strategies.integers(0, len(siblings) - 1))
        old = siblings[at]
        for wrong in (Node(old.hash, old.sum + 1), Node(tree.padding().hash, old.sum)):
            changed = [*siblings[:at], wrong, *siblings[at + 1 :]]
            assert tree.climb(grown.leaves[0], 0, changed) != grown.root

    @given(AMOUNTS, strategies.integers(1, 10**20))
    def test_takes_nothing_below_zero(self, amount: int, debt: int) -> None:
        good = tree.leaf(_said(1, amount))
        with pytest.raises(NegativeSum):
            tree.leaf(_said(2, -debt))
        with pytest.raises(NegativeSum):
            tree.join(good, Node(good.hash, -debt))
        with pytest.raises(NegativeSum):
            tree.join(Node(good.hash, -debt), good)

    def test_takes_no_sum_of_forty_digits(self) -> None:
        most = tree.leaf(_said(1, tree.SUM_MAX))
        with pytest.raises(NegativeSum):
            tree.join(most, tree.leaf(_said(2, 1)))

    def test_binds_a_sum_to_the_side_on_which_it_stands(self) -> None:
        one, other = tree.leaf(_said(1, 5)), tree.leaf(_said(2, 7))
        swapped = tree.join(Node(one.hash, 7), Node(other.hash, 5))
        assert swapped.sum == 12
        assert swapped.hash != tree.join(one, other).hash


class TestALeaf:
    def test_differs_with_everything_that_it_says(self) -> None:
        first = _said(1, 5)
        others = [
            first._replace(report="prf_2"),
            first._replace(asset="EUR"),
            first._replace(salt=b"pepper"),
            first._replace(customer="cus_2"),
            first._replace(account="wallets:wal_2:USD"),
            first._replace(part=1),
            first._replace(amount=6),
            first._replace(customer="cus_", account="1wallets:wal_1:USD"),
        ]
        assert len({tree.leaf(said).hash for said in (first, *others)}) == len(others) + 1

    def test_looks_like_padding_when_it_is_empty(self) -> None:
        empty, padded = tree.leaf(_said(1, 0)), tree.padding()
        assert (empty.sum, len(empty.hash)) == (padded.sum, len(padded.hash))
        assert tree.padding() != padded


@given(AMOUNTS)
def test_a_split_loses_nothing_and_owes_nobody(amount: int) -> None:
    """Three parts, none below zero."""
    parts = tree.split(amount)
    assert (len(parts), sum(parts), min(parts) >= 0) == (tree.PARTS, amount, True)


@given(strategies.lists(AMOUNTS, min_size=1, max_size=30))
def test_packed_nodes_come_back_as_they_were(amounts: list[int]) -> None:
    """With sums of up to 39 digits."""
    nodes = [Node(tree.padding().hash, amount) for amount in (*amounts, tree.SUM_MAX)]
    assert tree.unpack(tree.pack(nodes)) == nodes


@pytest.mark.parametrize(("count", "size"), [(0, 64), (64, 64), (65, 128), (1025, 2048)])
def test_a_tree_shows_its_customers_to_the_next_power_of_two_only(count: int, size: int) -> None:
    """And no fewer than 64."""
    assert tree.size_for(count) == size
    assert sorted(tree.shuffled(size)) == list(range(size))
