"""The house's own people as users."""

from datetime import timedelta
from uuid import uuid4

import pytest

from fondaco.audit import queries as audit
from fondaco.identity import actions, models, queries
from fondaco.identity.errors import (
    CustomerDisabled,
    IdentifierTaken,
    RefreshRefused,
    SetUpRefused,
    WrongCredentials,
)
from fondaco.identity.passwords import WeakPassword
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import (
    PASSWORD,
    log_in,
    make_client,
    make_operator,
    sign_in,
    unique,
)
from fondaco.identity.tests.races import together
from fondaco.identity.types import SetUpLink, User
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Role
from fondaco.kit.errors import NotFound

pytestmark = pytest.mark.usefixtures("tenant")


def appoint(email: str | None = None) -> SetUpLink:
    return actions.create_operator(
        role=StaffRole.OPERATOR,
        email=email or f"{unique()}@example.com",
        first_name="Olga",
        last_name="Keeper",
        permissions=frozenset({"customers:read"}),
        by=SYSTEM,
    )


class TestCreateOperator:
    def test_makes_a_user_who_cannot_log_in_before_the_set_up(self) -> None:
        link = appoint()
        user = queries.get_user(link.user_id)
        assert user.staff_role is StaffRole.OPERATOR
        assert user.permissions == {"customers:read"}
        for password in ("", PASSWORD):
            with pytest.raises(WrongCredentials):
                log_in(identifier=str(user.email), password=password)

    def test_tells_the_token_once_and_keeps_its_digest(self) -> None:
        link = appoint()
        assert link.token not in repr(link)
        (kept,) = models.SetUpToken.objects.filter(user_id=link.user_id)
        assert link.token.encode() not in bytes(kept.digest)

    def test_refuses_the_email_of_a_customer(self) -> None:
        with pytest.raises(IdentifierTaken):
            appoint(email=str(make_client().user.email))


class TestSetUp:
    def test_gives_the_password_that_opens_a_session(self) -> None:
        link = appoint()
        user = actions.set_up_operator(token=link.token, password=PASSWORD)
        signed_in = log_in(identifier=str(user.email), password=PASSWORD)
        assert signed_in.role is Role.OPERATOR

    def test_works_once(self) -> None:
        link = appoint()
        answers = together(8, lambda: actions.set_up_operator(token=link.token, password=PASSWORD))
        winners = [answer for answer in answers if isinstance(answer, User)]
        refusals = [answer for answer in answers if isinstance(answer, SetUpRefused)]
        assert (len(winners), len(refusals)) == (1, 7)

    def test_is_refused_after_a_day(self) -> None:
        link = appoint()
        with (
            clock.set_to(clock.now() + timedelta(days=1, seconds=1)),
            pytest.raises(SetUpRefused),
        ):
            actions.set_up_operator(token=link.token, password=PASSWORD)

    def test_keeps_the_token_good_when_the_password_is_weak(self) -> None:
        link = appoint()
        with pytest.raises(WeakPassword):
            actions.set_up_operator(token=link.token, password="short")
        actions.set_up_operator(token=link.token, password=PASSWORD)

    @pytest.mark.parametrize("token", ["", "fsu_unknown", "x" * 100_000])
    def test_refuses_what_is_no_token(self, token: str) -> None:
        with pytest.raises(SetUpRefused):
            actions.set_up_operator(token=token, password=PASSWORD)

    def test_by_a_renewed_link_spends_the_first(self) -> None:
        first = appoint()
        second = actions.renew_set_up_link(user_id=first.user_id, by=SYSTEM)
        with pytest.raises(SetUpRefused):
            actions.set_up_operator(token=first.token, password=PASSWORD)
        actions.set_up_operator(token=second.token, password=PASSWORD)

    def test_is_not_for_customers(self) -> None:
        with pytest.raises(NotFound):
            actions.renew_set_up_link(user_id=make_client().user.id, by=SYSTEM)


class TestChangeRights:
    def test_holds_at_once_since_sessions_end(self) -> None:
        operator = make_operator()
        token = sign_in(operator).refresh_token
        shown = actions.change_rights(
            user_id=operator.id,
            role=StaffRole.AUDITOR,
            permissions=frozenset({"audit:read"}),
            by=SYSTEM,
        )
        assert shown.staff_role is StaffRole.AUDITOR
        assert shown.permissions == {"audit:read"}
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=token)
        assert sign_in(operator).role is Role.AUDITOR

    def test_leaves_sessions_alone_when_nothing_changes(self) -> None:
        operator = make_operator()
        token = sign_in(operator).refresh_token
        actions.change_rights(
            user_id=operator.id,
            role=StaffRole.OPERATOR,
            permissions=operator.permissions,
            by=SYSTEM,
        )
        actions.refresh(refresh_token=token)


class TestDismiss:
    def test_shuts_the_operator_out(self) -> None:
        operator = make_operator()
        token = sign_in(operator).refresh_token
        actions.dismiss_operator(user_id=operator.id, reason="Left", by=SYSTEM)
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=token)
        with pytest.raises(CustomerDisabled):
            log_in(identifier=str(operator.username), password=PASSWORD)
        (row,) = audit.list_entries(
            subject=operator.wire_id, action="identity.operator.dismiss"
        ).items
        assert row.detail == {"reason": "Left"}

    @pytest.mark.parametrize("who", ["unknown", "customer"])
    def test_knows_operators_only(self, who: str) -> None:
        user_id = uuid4() if who == "unknown" else make_client().user.id
        with pytest.raises(NotFound):
            actions.dismiss_operator(user_id=user_id, reason="Left", by=SYSTEM)
