"""Trees that grow piece by piece."""

import pytest

from fondaco.proofs import merkle
from fondaco.proofs.merkle import EMPTY, Tree, leaf_hash, leaf_hashes, root_of


class TestTree:
    @pytest.mark.parametrize("step", [1, 3, 4, 5, 11])
    def test_has_the_root_of_all_leaves_at_once(
        self, step: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(merkle, "_PIECE", 4)
        leaves = leaf_hashes([b"%d" % number for number in range(23)])
        for count in range(len(leaves) + 1):
            tree = Tree()
            for start in range(0, count, step):
                tree.add(leaves[start : min(start + step, count)])
            assert tree.root() == root_of(leaves[:count])

    def test_goes_on_growing_after_its_root_was_asked_for(self) -> None:
        tree = Tree()
        assert tree.root() == EMPTY
        tree.add([leaf_hash(b"a")])
        assert tree.root() == leaf_hash(b"a")
        tree.add([leaf_hash(b"b"), leaf_hash(b"c")])
        assert tree.root() == root_of(leaf_hashes([b"a", b"b", b"c"]))

    def test_joins_pieces_of_a_power_of_two(self) -> None:
        assert merkle._PIECE.bit_count() == 1
