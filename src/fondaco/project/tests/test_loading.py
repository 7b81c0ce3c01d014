"""What a process loads at its start: all that answers, and none of the large libraries that few need."""

import os
import subprocess
import sys
from typing import Final

LATER: Final = (
    "PIL",
    "apprise",
    "clarabel",
    "confluent_kafka",
    "fido2",
    "numpy",
    "phonenumbers",
    "pika",
    "pyarrow",
    "reportlab",
)
"""Loaded at their first use."""

START: Final = f"""
import sys
import django
django.setup()
from fondaco.project.web_application import WebApplication
WebApplication().load()
assert "fondaco.investing.api.advice" in sys.modules
assert "fondaco.reports.api.statements" in sys.modules
assert "fondaco.sinks.tasks" in sys.modules
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & set({LATER!r})))
"""


def test_leaves_the_large_libraries_to_their_first_use() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "fondaco.project.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
