"""``fondaco jobs``, from the arguments to the row."""

from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from fondaco.audit import queries as audit
from fondaco.kit.django import job_store, jobs
from fondaco.kit.django.job_store import JobStatus
from fondaco.kit.errors import NotFound
from fondaco.project.cli import app

pytestmark = pytest.mark.usefixtures("tenant")


@jobs.task(queue="command tests", name="project.tests.work")
def work(*, name: str) -> None:
    """Do nothing; no worker of the tests serves this queue."""


def run(*arguments: str, tenant: str = "alpha") -> Result:
    return CliRunner().invoke(app, ["jobs", *arguments, "--tenant", tenant])


class TestJobs:
    def test_are_listed_and_cancelled(self) -> None:
        number = jobs.defer(work, name="a name to look for")
        listed = run("list", "--status", "todo", "--limit", "10000")
        (line,) = [row for row in listed.output.splitlines() if row.startswith(f"{number}  ")]
        assert line.endswith('project.tests.work  tried again 0×  {"name": "a name to look for"}')
        assert run("cancel", str(number)).exit_code == 0
        assert number in {one.id for one in job_store.list_jobs(status=JobStatus.CANCELLED)}
        (entry,) = audit.list_entries(subject=f"job:{number}", limit=5).items
        assert (entry.actor, entry.action) == ("system:fondaco", "operators.job.cancel")

    def test_are_said_to_be_none(self) -> None:
        assert run("list", "--status", "aborted").output == "No job is aborted.\n"

    def test_are_rerun_once_they_failed(self, owner_connection: "psycopg.Connection[Any]") -> None:
        number = jobs.defer(work, name="x")
        assert isinstance(run("rerun", str(number)).exception, NotFound)
        owner_connection.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [number]
        )
        assert isinstance(run("rerun", str(number), tenant="beta").exception, NotFound)
        assert run("rerun", str(number)).exit_code == 0
        assert number in {one.id for one in job_store.list_jobs(status=JobStatus.TODO)}
