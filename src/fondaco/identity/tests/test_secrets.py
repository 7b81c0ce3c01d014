"""Where passwords, tokens and addresses must not be found."""

import json
from typing import Any

import pytest
from django.db import connection
from structlog.testing import capture_logs

from fondaco.identity import actions
from fondaco.identity.errors import RefreshRefused, WrongCredentials
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import PASSWORD, log_in, make_client, unique
from fondaco.kit.access import SYSTEM

pytestmark = pytest.mark.usefixtures("tenant")

NEW = "saffron-galley-topaz-cedar"


def live_through_everything() -> list[str]:
    """Use every action that touches a secret, and give the secrets and addresses."""
    made = make_client()
    email = str(made.user.email)
    first = log_in(identifier=email, password=PASSWORD)
    second = actions.refresh(refresh_token=first.refresh_token)
    with pytest.raises(RefreshRefused):
        actions.refresh(refresh_token=first.refresh_token)
    actions.change_password(
        user_id=made.user.id, current=PASSWORD, new=NEW, session_id=None, by=made.user.actor
    )
    link = actions.create_operator(
        role=StaffRole.AUDITOR,
        email=f"{unique()}@example.com",
        first_name="Olga",
        last_name="Keeper",
        permissions=frozenset(),
        by=SYSTEM,
    )
    actions.set_up_operator(token=link.token, password=PASSWORD)
    stranger = f"stranger-{unique()}"
    for identifier in (email, f"{stranger}\r\nadmin logged in"):
        with pytest.raises(WrongCredentials):
            log_in(identifier=identifier, password="a wrong secret of somebody")
    tokens = [first.access_token, first.refresh_token, second.access_token, second.refresh_token]
    return [*tokens, link.token, PASSWORD, NEW, "a wrong secret of somebody", email, stranger]


def rows_of(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


class TestSecrets:
    def test_are_in_no_event_audit_row_job_or_log_line(self) -> None:
        with capture_logs() as lines:
            secrets = live_through_everything()
        events = rows_of("SELECT type, subject, actor, data::text FROM kit_event")
        entries = rows_of("SELECT action, subject, actor, detail::text FROM audit_entry")
        jobs = rows_of("SELECT task_name, args::text FROM public.procrastinate_jobs")
        assert events
        assert entries
        assert [line["event"] for line in lines].count("login_refused") == 2
        told = json.dumps([events, entries, jobs, lines], default=str)
        assert [secret for secret in secrets if secret in told] == []

    def test_are_kept_as_hashes_only(self) -> None:
        secrets = live_through_everything()
        kept = rows_of(
            "SELECT session.*, token.* FROM identity_session session "
            "JOIN identity_refreshtoken token ON token.session_id = session.id"
        )
        kept += rows_of("SELECT password FROM identity_user")
        kept += rows_of("SELECT * FROM identity_setuptoken")
        told = repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in kept])
        assert [secret for secret in secrets[:-2] if secret in told] == []
