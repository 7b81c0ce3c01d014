"""The tables of proofs; one module for each kind."""

from fondaco.proofs.models.holdings import Holding
from fondaco.proofs.models.liabilities import (
    LiabilityLeaf,
    LiabilityNodes,
    LiabilityReport,
    LiabilityRoot,
)

__all__ = ["Holding", "LiabilityLeaf", "LiabilityNodes", "LiabilityReport", "LiabilityRoot"]
