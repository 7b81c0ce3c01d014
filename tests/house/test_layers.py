"""Borders that the linter of imports cannot draw; the layers themselves are in ``pyproject.toml``."""

import tomllib
from functools import cache

import grimp
import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField

from tests.house.sources import ROOT

LAYERS = (
    ("money",),
    ("kit",),
    ("vendors", "quant"),
    ("audit",),
    ("connections",),
    ("ledger", "identity"),
    ("apikeys", "credentials", "kyc"),
    ("proofs", "journal"),
    ("signing",),
    ("operators",),
    ("policies",),
    ("market", "instruments"),
    ("orders",),
    ("wallets",),
    ("payments",),
    ("invoices", "exchange"),
    ("tradefinance", "investing"),
    ("reports", "realtime", "notifications", "webhooks", "search", "sinks"),
    ("console",),
    ("project",),
)
"""Lowest first; ``pyproject.toml`` has the same list, which a test below compares."""

INTERNALS = ("models", "providers", "api", "admin", "tasks", "listeners")
"""What a domain keeps to itself."""

HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
FRAMEWORKS = ("django", "ninja", "psycopg", "procrastinate")


@cache
def graph() -> grimp.ImportGraph:
    """Give all imports of the project."""
    return grimp.build_graph("fondaco", include_external_packages=True, cache_dir=None)


def domain_of(module: str) -> str:
    """Give the package below ``fondaco`` that a module belongs to."""
    return module.split(".")[1] if "." in module else ""


def domains() -> list[str]:
    """Give the packages that are Django apps of a domain."""
    return sorted(
        domain_of(config.name)
        for config in apps.get_app_configs()
        if config.name.startswith("fondaco.") and domain_of(config.name) not in {"kit", "project"}
    )


@pytest.mark.parametrize("domain", domains())
class TestPrivateInternals:
    def test_are_imported_by_their_own_domain_alone(self, domain: str) -> None:
        prefixes = tuple(f"fondaco.{domain}.{name}" for name in INTERNALS)
        private = {
            module
            for module in graph().modules
            if any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)
        }
        intruders = {
            f"{importer} imports {module}"
            for module in private
            for importer in graph().find_modules_that_directly_import(module)
            if domain_of(importer) not in {domain, "project"} and ".tests" not in importer
        }
        assert sorted(intruders) == []


class TestThePureKit:
    def test_knows_no_framework(self) -> None:
        pure = {
            module
            for module in graph().modules
            if module.startswith(("fondaco.kit.", "fondaco.money"))
            and not module.startswith("fondaco.kit.django")
            and ".tests" not in module
        }
        imported = {
            f"{module} imports {target}"
            for module in pure
            for target in graph().find_modules_directly_imported_by(module)
            if target.split(".")[0] in FRAMEWORKS or target.startswith("fondaco.kit.django")
        }
        assert "fondaco.kit.errors" in pure
        assert sorted(imported) == []


class TestForeignKeys:
    def test_point_down_or_stay_inside(self) -> None:
        wrong = []
        for model in apps.get_models():
            owner = domain_of(model.__module__)
            if not model.__module__.startswith("fondaco."):
                continue
            for field in model._meta.get_fields():
                if isinstance(field, ForeignKey | ManyToManyField) and field.related_model:
                    target = str(field.related_model.__module__)
                    if target.startswith("fondaco.") and not _points_down(owner, domain_of(target)):
                        wrong.append(f"{model.__name__}.{field.name} → {target}")
        assert wrong == []


def _points_down(owner: str, target: str) -> bool:
    return owner == target or HEIGHT[target] < HEIGHT[owner]


class TestTheListOfLayers:
    def test_is_that_of_the_linter(self) -> None:
        settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        contracts = settings["tool"]["importlinter"]["contracts"]
        listed = next(one["layers"] for one in contracts if one["name"] == "Layers")
        names = [
            tuple(name.strip("() ") for name in line.split("|"))
            for line in listed
            if line != "__main__"
        ]
        assert names == list(reversed(LAYERS))
