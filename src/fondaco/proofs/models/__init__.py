"""The tables of proofs; one module for each kind."""

from fondaco.proofs.models.holdings import Holding
from fondaco.proofs.models.liabilities import (
    LiabilityLeaf,
    LiabilityNodes,
    LiabilityReport,
    LiabilityRoot,
)
from fondaco.proofs.models.runs import Archive, Verification
from fondaco.proofs.models.seals import Block, BlockPart, KeptLeaves

__all__ = [
    "Archive",
    "Block",
    "BlockPart",
    "Holding",
    "KeptLeaves",
    "LiabilityLeaf",
    "LiabilityNodes",
    "LiabilityReport",
    "LiabilityRoot",
    "Verification",
]
