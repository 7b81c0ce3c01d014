"""Tell whether the models differ from the migrations; asks no database."""

import os
import sys
from typing import Any, cast

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState


def missing() -> list[str]:
    """List what ``makemigrations`` would do, app by app; also two migrations that both come last."""
    loader = MigrationLoader(cast("Any", None))  # without connection it only reads the files
    conflicts = [
        f"{app}: {' and '.join(names)} both come last"
        for app, names in loader.detect_conflicts().items()
    ]
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True),
    )
    changes = detector.changes(graph=loader.graph)
    return conflicts + [
        f"{app}: {operation.describe()}"
        for app, migrations in changes.items()
        for migration in migrations
        for operation in migration.operations
    ]


def main() -> None:
    """Print what is missing, and fail if there is any."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    django.setup()
    found = missing()
    for line in found:
        print(line)
    if found:
        sys.exit("Models and migrations differ; run: fondaco django makemigrations")


if __name__ == "__main__":
    main()
