"""Each declared event says whose it is, and has a schema and an example that fit each other."""

import json

import pytest
from jsonschema import Draft202012Validator

from fondaco.kit.django import events
from fondaco.kit.django.audiences import audiences, public_types
from fondaco.kit.ids import encode, uuid7
from tests.house.sources import ROOT
from tools import event_pages

FOLDER = ROOT / "docs/events"
DECLARED = sorted(event_pages.declared())


class TestTheFolder:
    def test_holds_exactly_what_the_code_makes(self) -> None:
        made = event_pages.pages()
        kept = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
        assert sorted(kept) == sorted(made), "python -m tools.event_pages"
        assert kept == made, "python -m tools.event_pages"


@pytest.mark.parametrize("name", DECLARED)
class TestAnEvent:
    def test_says_whom_it_concerns(self, name: str) -> None:
        assert events.registry()[name].event_concerns is not None, "concerns=(…) or HOUSE"

    def test_has_an_example_that_fits_its_schema(self, name: str) -> None:
        schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
        example = json.loads((FOLDER / f"{name}.example.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert list(Draft202012Validator(schema).iter_errors(example)) == []
        lacking = {**example, "data": {}}
        if example["data"]:
            assert list(Draft202012Validator(schema).iter_errors(lacking)) != []


class TestAudiences:
    def test_are_the_named_customers(self) -> None:
        asker, payer = encode("cus", uuid7()), encode("cus", uuid7())
        data = {"request": "req_x", "asker": asker, "payer": payer}
        assert audiences([("wallets.request.asked", data)]) == [frozenset({asker, payer})]

    def test_are_empty_for_what_is_not_declared_or_is_the_house_s(self) -> None:
        somebody = {"customer": encode("cus", uuid7()), "user": "usr_x"}
        of_house = ["identity.session.opened", "identity.customer.disabled", "no.such.event"]
        assert audiences((name, somebody) for name in of_house) == [frozenset()] * 3
        assert not public_types() & set(of_house)
