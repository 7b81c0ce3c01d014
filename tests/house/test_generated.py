"""Files that are made from the code: they are what the code would make now, and valid in themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.house.sources import ROOT
from tools import check_migrations, generate


def label(path: Path) -> str:
    """Name a file in the list of tests."""
    return path.name


@pytest.mark.parametrize("path", list(generate.generators()), ids=label)
class TestAGeneratedFile:
    def test_is_what_the_code_makes(self, path: Path) -> None:
        made = generate.generators()[path]()
        assert path.read_text(encoding="utf-8") == made, "make fix"


class TestTheDescriptionOfTheApi:
    @pytest.fixture
    def document(self) -> Any:
        return json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))

    def test_is_valid(self, document: Any) -> None:
        validate(document)
        assert document["openapi"].startswith("3.1")

    def test_gives_each_operation_a_summary_and_a_name(self, document: Any) -> None:
        nameless = [
            f"{verb} {path}"
            for path, item in document["paths"].items()
            for verb, operation in item.items()
            if not operation.get("summary") or not operation.get("operationId")
        ]
        assert nameless == []

    def test_names_no_operation_twice(self, document: Any) -> None:
        ids = [one["operationId"] for item in document["paths"].values() for one in item.values()]
        assert len(ids) == len(set(ids))


class TestMigrations:
    def test_are_those_of_the_models(self) -> None:
        assert check_migrations.missing() == []
