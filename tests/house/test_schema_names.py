"""The API's description knows a body by its class's name alone: two classes of one name would merge there."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from fondaco.kit.django.api.schemas import Strict
from fondaco.project.api import api

_OURS: Final = "fondaco."


def schemas(root: type[Strict] = Strict) -> Iterator[type[Strict]]:
    """Give all classes of bodies and answers that the API's modules define."""
    for found in root.__subclasses__():
        if found.__module__.startswith(_OURS) and ".tests." not in found.__module__:
            yield found
        yield from schemas(found)


class TestSchemaNames:
    """A name stands for one body."""

    def test_no_two_of_one_name_differ(self) -> None:
        assert api.urls  # the API, and with it every schema, is there
        named: dict[str, list[Any]] = defaultdict(list)
        for schema in schemas():
            content = schema.model_json_schema()
            if content not in named[schema.__name__]:
                named[schema.__name__].append(content)
        assert "LoginIn" in named
        different = sorted(name for name, contents in named.items() if len(contents) > 1)
        assert not different, ", ".join(different)
