"""Background work as operators see it, over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from fondaco.audit import queries as audit
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import make_client, make_operator, sign_in
from fondaco.kit.django import jobs, tenancy
from fondaco.operators.rights import Right, rights_of
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

ROOT = "/operator/jobs"


@jobs.task(queue="operator tests", name="operators.tests.work")
def work(*, name: str) -> None:
    """Do nothing; no worker of the tests serves this queue."""


@jobs.task(queue="operator tests", name="operators.tests.work_once", once="{name}")
def work_once(*, name: str) -> None:
    """Likewise; enqueued once while one waits."""


def put(status: str, *, task: Any = work, name: str = "") -> int:
    """Enqueue a job, and have it stand somewhere."""
    number = jobs.defer(task, name=name or uuid4().hex)
    assert number is not None
    with transaction.atomic(), connection.cursor() as cursor:
        query = "UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status WHERE id = %s"
        cursor.execute(query, [status, number])
    return number


def status_of(number: int) -> str:
    with connection.cursor() as cursor:
        query = "SELECT status::text FROM procrastinate_jobs WHERE id = %s"
        cursor.execute(query, [number])
        return str(cursor.fetchone()[0])


def token_with(*rights: Right) -> str:
    permissions = rights_of(StaffRole.OPERATOR, frozenset(rights))
    operator = make_operator(role=StaffRole.OPERATOR, permissions=permissions)
    return sign_in(operator).access_token


@pytest.fixture
def operator() -> str:
    """Give the token of an operator who may do everything about jobs."""
    return token_with(Right.JOBS_READ, Right.JOBS_MANAGE)


class TestListJobs:
    def test_shows_those_of_the_tenant_in_the_status_page_by_page(
        self, api: ApiClient, operator: str
    ) -> None:
        name = uuid4().hex
        first, second, waiting = put("failed", name=name), put("failed"), put("todo")
        with tenancy.scope("beta"):
            foreign = put("failed")
        one = api.get(f"{ROOT}?limit=1", token=operator).json()
        assert [row["id"] for row in one["items"]] == [second]
        rest = api.get(f"{ROOT}?cursor={one['next']}", token=operator).json()
        (shown,) = [row for row in rest["items"] if row["id"] == first]
        assert (shown["task"], shown["status"]) == ("operators.tests.work", "failed")
        assert shown["arguments"] == {"name": name}
        assert foreign not in {row["id"] for row in rest["items"]}
        todo = api.get(f"{ROOT}?status=todo", token=operator).json()["items"]
        assert waiting in {row["id"] for row in todo}

    @pytest.mark.parametrize("query", ["cursor=x", "cursor=-1", "cursor=9223372036854775808"])
    def test_refuses_a_foreign_cursor(self, api: ApiClient, operator: str, query: str) -> None:
        answer = api.get(f"{ROOT}?{query}", token=operator)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")

    def test_refuses_an_unknown_status(self, api: ApiClient, operator: str) -> None:
        answer = api.get(f"{ROOT}?status=lost", token=operator)
        assert (answer.status_code, answer.json()["field"]) == (422, "status")


class TestRerunJob:
    def test_has_a_failed_job_wait_again_and_is_audited(
        self, api: ApiClient, operator: str
    ) -> None:
        number = put("failed")
        assert api.post(f"{ROOT}/{number}/rerun", token=operator).status_code == 204
        assert status_of(number) == "todo"
        (entry,) = audit.list_entries(subject=f"job:{number}", limit=5).items
        assert entry.action == "operators.job.rerun"
        assert entry.actor.startswith("operator:usr_")

    @pytest.mark.parametrize("status", ["todo", "doing", "succeeded", "cancelled"])
    def test_knows_no_job_that_did_not_fail(
        self, api: ApiClient, operator: str, status: str
    ) -> None:
        number = put(status)
        assert api.post(f"{ROOT}/{number}/rerun", token=operator).status_code == 404
        assert status_of(number) == status
        assert audit.list_entries(subject=f"job:{number}", limit=5).items == []

    def test_knows_no_job_of_another_tenant(self, api: ApiClient, operator: str) -> None:
        with tenancy.scope("beta"):
            number = put("failed")
        assert api.post(f"{ROOT}/{number}/rerun", token=operator).status_code == 404
        assert status_of(number) == "failed"

    @pytest.mark.parametrize("number", ["0", "-1", "x", "9223372036854775808", "12345678901"])
    def test_knows_no_other_number(self, api: ApiClient, operator: str, number: str) -> None:
        assert api.post(f"{ROOT}/{number}/rerun", token=operator).status_code == 404

    def test_is_refused_while_another_of_its_kind_waits(
        self, api: ApiClient, operator: str
    ) -> None:
        name = uuid4().hex
        failed = put("failed", task=work_once, name=name)
        put("todo", task=work_once, name=name)
        answer = api.post(f"{ROOT}/{failed}/rerun", token=operator)
        assert (answer.status_code, answer.json()["code"]) == (409, "job_waits")
        assert status_of(failed) == "failed"


class TestCancelJob:
    def test_takes_a_waiting_job_back_and_is_audited(self, api: ApiClient, operator: str) -> None:
        number = put("todo")
        assert api.post(f"{ROOT}/{number}/cancel", token=operator).status_code == 204
        assert status_of(number) == "cancelled"
        (entry,) = audit.list_entries(subject=f"job:{number}", limit=5).items
        assert entry.action == "operators.job.cancel"

    @pytest.mark.parametrize("status", ["doing", "failed", "succeeded"])
    def test_knows_no_job_that_does_not_wait(
        self, api: ApiClient, operator: str, status: str
    ) -> None:
        number = put(status)
        assert api.post(f"{ROOT}/{number}/cancel", token=operator).status_code == 404
        assert status_of(number) == status


class TestWhoMay:
    def test_see_is_told_by_a_right_and_do_by_another(self, api: ApiClient) -> None:
        number = put("failed")
        reader, other = token_with(Right.JOBS_READ), token_with(Right.CUSTOMERS_READ)
        client = sign_in(make_client().user).access_token
        seen = [api.get(ROOT, token=token).status_code for token in (reader, other, client)]
        assert seen == [200, 403, 403]
        paths = [f"{ROOT}/{number}/{verb}" for verb in ("rerun", "cancel")]
        done = [
            api.post(path, token=token).status_code
            for path in paths
            for token in (reader, other, client)
        ]
        assert done == [403] * 6
        assert status_of(number) == "failed"
