"""What is watched exists: a dashboard or rule with a misspelt name is silent for ever."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.registry import CollectorRegistry

from fondaco.kit.django import metrics, metrics_database

FOLDER: Final = Path(__file__).parents[2] / "deploy/monitoring"
DASHBOARD: Final[dict[str, Any]] = json.loads((FOLDER / "grafana/fondaco.json").read_text("utf-8"))
RULES: Final[list[dict[str, Any]]] = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))[
    "groups"
][0]["rules"]
PANELS: Final = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS: Final = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]


def exposed() -> set[str]:
    """Name every series that the platform can show."""
    registry: CollectorRegistry = metrics._own
    counted = set()
    for family in registry.collect():
        suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}
        counted |= {family.name + suffix for suffix in suffixes.get(family.type, ("",))}
    return counted | metrics_database.names()


def used(expression: str) -> set[str]:
    return set(re.findall(r"fondaco_\w+", expression))


def labels(expression: str) -> set[str]:
    by = re.findall(r"\bby \(([^)]*)\)", expression)
    inside = re.findall(r"\{([^{}]*=[^{}]*)\}", expression)
    named = {part.strip() for group in by for part in group.split(",")}
    return named | {n for group in inside for n in re.findall(r"(\w+)\s*[=!]", group)}


class TestNames:
    def test_of_the_dashboard_and_the_rules_exist(self) -> None:
        unknown = {name for expression in EXPRESSIONS for name in used(expression)} - exposed()
        assert unknown == set()

    def test_of_everything_that_is_measured_are_watched(self) -> None:
        watched = {name for expression in EXPRESSIONS for name in used(expression)}
        families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in watched}
        measured = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed()}
        assert measured - families == set()

    def test_of_labels_exist(self) -> None:
        known = {"le", "job", "instance", "status", "method", "route", "code", "outcome", "engine"}
        readings = (*metrics_database.SHARED, *metrics_database.OF_TENANT)
        known |= {label for reading in readings for label in reading.labels} | {"tenant"}
        assert {label for expression in EXPRESSIONS for label in labels(expression)} <= known


class TestRules:
    def test_say_what_happened_and_what_to_do(self) -> None:
        assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 10
        for rule in RULES:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert set(rule["annotations"]) == {"summary", "action"}

    @pytest.mark.skipif(
        shutil.which("promtool") is None,
        # Not a missing tool: make test does not install 90 MB of Prometheus for two checks of two files.
        reason="promtool is optional (Debian: prometheus); names and shapes are checked without it",
    )
    @pytest.mark.parametrize(
        "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")]
    )
    def test_are_understood_by_prometheus(self, arguments: tuple[str, ...]) -> None:
        done = subprocess.run(
            ["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_have_a_test_of_their_own_each(self) -> None:
        tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"]
        tested = {one["alertname"] for test in tests for one in test["alert_rule_test"]}
        assert tested == {rule["alert"] for rule in RULES}


class TestDashboard:
    def test_lays_its_panels_side_by_side_without_overlap(self) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken, panel["title"]
            assert place["x"] + place["w"] <= 24
            taken |= cells

    def test_names_every_panel_once(self) -> None:
        titles = [panel["title"] for panel in DASHBOARD["panels"]]
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        assert len(set(titles)) == len(titles)
        assert len(set(ids)) == len(ids)


class TestPrometheus:
    def test_asks_services_that_exist(self) -> None:
        compose = yaml.safe_load((FOLDER.parents[1] / "compose.yaml").read_text("utf-8"))
        config = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
        asked = {
            name
            for job in config["scrape_configs"]
            for where in job["dns_sd_configs"]
            for name in where["names"]
        }
        answering = {
            name
            for name, service in compose["services"].items()
            if service["image"].startswith("fondaco:") and name not in {"migrate", "sandbox"}
        }
        assert asked == answering
