"""Why the engine cannot answer; apart from the arrays, so that knowing these words loads no mathematics.

ValueError
└── EngineError
    ├── BadNumbers       an input is not finite, of the wrong shape, or not positive where it must be
    ├── Unsolvable       no portfolio keeps the constraints
    └── NoExcessReturn   no asset is expected to bring more than the riskless rate
"""


class EngineError(ValueError):
    """Say that the engine cannot answer; the parent of its errors."""


class BadNumbers(EngineError):
    """Say that an input is not finite, of the wrong shape, or not positive where it must be."""


class Unsolvable(EngineError):
    """Say that no portfolio keeps the constraints, or the solver found none."""


class NoExcessReturn(EngineError):
    """Say that no asset is expected to bring more than the riskless rate."""
