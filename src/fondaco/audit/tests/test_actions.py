"""Writing and reading the audit trail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from fondaco.audit import actions, queries
from fondaco.audit.models import Entry
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor, ActorKind
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.paging import Cursor

pytestmark = pytest.mark.usefixtures("tenant")

CLERK = Actor(ActorKind.OPERATOR, "usr_clerk")


def a_subject() -> str:
    return f"wal_{uuid4().hex[:26]}"


class Undo(Exception):
    """Undo a transaction."""


def _record_and_undo(subject: str) -> None:
    actions.record(by=SYSTEM, action="a.b.c", subject=subject)
    raise Undo


class TestRecord:
    def test_keeps_who_did_what_to_what_and_when(self) -> None:
        subject = a_subject()
        before = clock.now()
        written = actions.record(
            by=CLERK,
            action="wallets.wallet.freeze",
            subject=subject,
            detail={"reason": "Ärger"},
        )
        (read,) = queries.list_entries(subject=subject).items
        assert read == written
        assert (read.actor, read.action) == (
            "operator:usr_clerk",
            "wallets.wallet.freeze",
        )
        assert read.detail == {"reason": "Ärger"}
        assert before <= read.at <= clock.now()

    def test_is_undone_with_the_change(self) -> None:
        subject = a_subject()
        with pytest.raises(Undo), transaction.atomic():
            _record_and_undo(subject)
        assert queries.list_entries(subject=subject).items == []

    @pytest.mark.parametrize("missing", ["action", "subject"])
    def test_refuses_an_entry_that_tells_nothing(self, missing: str) -> None:
        told = {"action": "a.b.c", "subject": a_subject()} | {missing: ""}
        with pytest.raises(IntegrityError):
            actions.record(by=SYSTEM, **told)  # type: ignore[arg-type]  # two texts


class TestInsert:
    def test_writes_many_with_one_statement_over_a_plain_cursor(
        self,
        tenant: TenantScope,
        owner_connection: "psycopg.Connection[tuple[Any, ...]]",
    ) -> None:
        subject = a_subject()
        rows = [
            actions.entry(
                by=CLERK,
                action="ledger.transfer.post",
                subject=subject,
                detail={"n": n},
            )
            for n in range(1000)
        ]
        owner_connection.execute(f'SET search_path = "{tenant.schema}"')
        with owner_connection.cursor() as cursor:
            actions.insert(cursor, rows)
            assert cursor.rowcount == 1000
        page = queries.list_entries(subject=subject, limit=200)
        assert [row.detail["n"] for row in page.items] == list(range(999, 799, -1))

    def test_of_nothing_asks_the_database_nothing(self) -> None:
        class Unused:
            def execute(self, query: Any, params: Any = None, /) -> Any:
                raise AssertionError((query, params))

        actions.insert(Unused(), [])


class TestTheDatabase:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entry SET action = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
        ],
    )
    def test_gives_the_application_no_right_to_change_an_entry(self, statement: str) -> None:
        actions.record(by=SYSTEM, action="a.b.c", subject=a_subject())
        before = Entry.objects.count()
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        assert Entry.objects.count() == before

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entry SET action = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
        ],
    )
    def test_refuses_a_change_even_by_the_owner(
        self,
        tenant: TenantScope,
        owner_connection: "psycopg.Connection[tuple[Any, ...]]",
        statement: str,
    ) -> None:
        actions.record(by=SYSTEM, action="a.b.c", subject=a_subject())
        before = Entry.objects.count()
        owner_connection.execute(f'SET search_path = "{tenant.schema}"')
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never altered"):
            owner_connection.execute(statement)
        assert Entry.objects.count() == before


class TestListEntries:
    def test_chooses_by_actor_action_and_time(self) -> None:
        subject, start = a_subject(), clock.now()
        for hour in range(4):
            with clock.set_to(start + timedelta(hours=hour)):
                actions.record(
                    by=CLERK if hour % 2 else SYSTEM,
                    action=f"a.b.v{hour}",
                    subject=subject,
                )

        def found(**chosen: Any) -> list[str]:
            items = queries.list_entries(subject=subject, **chosen).items
            return [entry.action for entry in items]

        assert found() == ["a.b.v3", "a.b.v2", "a.b.v1", "a.b.v0"]
        assert found(actor=str(CLERK)) == ["a.b.v3", "a.b.v1"]
        assert found(action="a.b.v2") == ["a.b.v2"]
        assert found(since=start + timedelta(hours=1), until=start + timedelta(hours=3)) == [
            "a.b.v2",
            "a.b.v1",
        ]

    def test_goes_on_from_page_to_page(self) -> None:
        subject = a_subject()
        for number in range(5):
            actions.record(by=SYSTEM, action=f"a.b.v{number}", subject=subject)
        seen, after = [], None
        while True:
            page = queries.list_entries(subject=subject, limit=2, after=after)
            seen += [entry.action for entry in page.items]
            if page.next is None:
                break
            after = Cursor.decode(page.next)
        assert seen == ["a.b.v4", "a.b.v3", "a.b.v2", "a.b.v1", "a.b.v0"]

    def test_shows_nothing_of_another_tenant(self, other_tenant: TenantScope) -> None:
        subject = a_subject()
        actions.record(by=SYSTEM, action="a.b.c", subject=subject)
        with tenancy.scope(other_tenant):
            assert queries.list_entries(subject=subject).items == []
