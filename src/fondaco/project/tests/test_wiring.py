"""What must be joined, is: a periodic task that nobody imports never runs, and nobody notices."""

import ast
from pathlib import Path

import fondaco
from fondaco.kit.django import jobs
from fondaco.project.wiring import PACKAGES

SOURCE = Path(fondaco.__file__).parent


def packages_with_tasks() -> set[str]:
    found = {path.parent.relative_to(SOURCE) for path in SOURCE.rglob("tasks.py")}
    return {".".join(folder.parts) for folder in found}


def declared_tasks(package: str) -> set[str]:
    """Read a package's tasks from its text, without importing it."""
    path = SOURCE.joinpath(*package.split("."), "tasks.py")
    functions = [
        n for n in ast.parse(path.read_text("utf-8")).body if isinstance(n, ast.FunctionDef)
    ]
    return {
        f"{package.split('.', maxsplit=1)[0]}.{one.name}"
        for one in functions
        if any("task(" in ast.unparse(decorator) for decorator in one.decorator_list)
    }


class TestInstall:
    def test_registers_the_tasks_of_every_package(self) -> None:
        assert packages_with_tasks() <= set(PACKAGES)
        wanted = {task for package in packages_with_tasks() for task in declared_tasks(package)}
        assert len(wanted) > len(packages_with_tasks())
        assert wanted <= set(jobs.APP.tasks)
