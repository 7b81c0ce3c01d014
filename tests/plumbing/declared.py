"""Operations answer only the codes that they declare, since clients and generated pages go by those.

The router's hook raises nothing: an exception would leave as a 500, which a test that looks at something
else may overlook. What was seen fails the test when it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest

_seen: list[str] = []


def watch() -> None:
    """Hear from now on of every undeclared answer; Django must be loaded."""
    router = import_module("fondaco.kit.django.api.router")
    router.on_undeclared(lambda operation, code: _seen.append(f"{operation} answered {code}"))


@contextmanager
def demanded() -> Iterator[None]:
    """Fail the test when an operation answers within the block what it does not declare."""
    _seen.clear()
    yield
    found = sorted(set(_seen))
    _seen.clear()
    if found:
        pytest.fail(f"undeclared (add it to the operation's errors): {', '.join(found)}")
