"""Quadratic programmes, solved by Clarabel: minimise ½·xᵀPx subject to equalities and inequalities."""

from dataclasses import dataclass
from typing import Any, Final

import clarabel
import numpy as np
from numpy.typing import NDArray

from fondaco.quant.errors import Unsolvable
from fondaco.quant.types import Array

_SOLVED: Final = frozenset({"Solved", "AlmostSolved"})


class Columns:
    """A sparse matrix by columns, with the attributes that Clarabel reads of SciPy's.

    SciPy's own would cost 28 MB of memory for nothing else.
    """

    has_canonical_format = True
    has_sorted_indices = True

    def __init__(self, dense: Array, *, upper: bool = False) -> None:
        """Take the entries of a dense matrix that are not zero; if asked, the upper triangle alone."""
        rows, columns = np.nonzero((np.triu(dense) if upper else dense).T)[::-1]
        self.shape: tuple[int, ...] = dense.shape
        self.data: Array = dense[rows, columns]
        self.indices: NDArray[np.int32] = rows.astype(np.int32)
        counts = np.bincount(columns, minlength=dense.shape[1])
        self.indptr: NDArray[np.int32] = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        self.nnz = len(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """Hold linear constraints on x: ``equal @ x == equal_to`` and ``least @ x >= least_is``."""

    equal: Array
    equal_to: Array
    least: Array
    least_is: Array


def minimise(quadratic: Array, constraints: Constraints) -> Array:
    """Give the x with the smallest ½·xᵀPx that keeps the constraints.

    :raises Unsolvable: there is none, or the solver gave up
    """
    size = len(quadratic)
    matrix = np.vstack((constraints.equal, -constraints.least))
    bounds = np.concatenate((constraints.equal_to, -constraints.least_is))
    cones = [
        clarabel.ZeroConeT(len(constraints.equal_to)),
        clarabel.NonnegativeConeT(len(constraints.least_is)),
    ]
    # Variances are small numbers, so the objective is brought to the order of one.
    scale = float(np.trace(quadratic)) / size
    solver = clarabel.DefaultSolver(
        Columns(quadratic / scale, upper=True),
        np.zeros(size),
        Columns(matrix),
        bounds,
        cones,
        _settings(),
    )
    solution = solver.solve()
    if str(solution.status) not in _SOLVED:
        raise Unsolvable(f"the solver ended with {solution.status}")
    return np.asarray(solution.x, dtype=np.float64)


def _settings() -> Any:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = (
        1  # the same sums in the same order, so that an answer can be repeated bit for bit
    )
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-10
    return settings
