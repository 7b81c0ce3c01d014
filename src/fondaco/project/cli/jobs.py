"""``fondaco jobs``: see background work that failed or waits, and do something about it."""

import json
from typing import Annotated

import typer
from rich.console import Console

from fondaco.kit.access import SYSTEM
from fondaco.kit.django import job_store, tenancy
from fondaco.kit.django.job_store import JobStatus
from fondaco.kit.options import options
from fondaco.operators import actions
from fondaco.project import database

app = typer.Typer(no_args_is_help=True, help="See jobs, have failed ones run again.")

Number = Annotated[int, typer.Argument(min=1, help="The job's number.")]
Tenant = Annotated[str | None, typer.Option(help="None: the default tenant.")]


@app.callback()
def _group() -> None:
    """See jobs, have failed ones run again."""


@app.command(name="list")
def list_(
    *,
    status: Annotated[JobStatus, typer.Option(help="Where they stand.")] = JobStatus.FAILED,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    tenant: Tenant = None,
) -> None:
    """List one tenant's jobs, newest first."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        rows = job_store.list_jobs(status=status, limit=limit)
    for one in rows:
        changed = one.changed_at.isoformat(timespec="seconds") if one.changed_at else "-"
        arguments = json.dumps(dict(one.arguments))
        console.print(f"{one.id}  {changed}  {one.task}  tried again {one.attempts}×  {arguments}")
    if not rows:
        console.print(f"No job is {status}.")


@app.command()
def rerun(job_id: Number, *, tenant: Tenant = None) -> None:
    """Have a failed job run again, as soon as a worker is free."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        actions.rerun_job(job_id=job_id, by=SYSTEM)
    Console().print(f"Job {job_id} will run again.")


@app.command()
def cancel(job_id: Number, *, tenant: Tenant = None) -> None:
    """Take a job back that no worker has begun."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        actions.cancel_job(job_id=job_id, by=SYSTEM)
    Console().print(f"Job {job_id} is cancelled.")
