"""What the house does to a customer."""

from uuid import uuid4

import pytest

from fondaco.audit import queries as audit
from fondaco.identity import actions, queries
from fondaco.identity.errors import CustomerDisabled, RefreshRefused
from fondaco.identity.states import LEVEL_LIFE, CustomerKind, Level
from fondaco.identity.tests.people import (
    make_client,
    make_company,
    make_operator,
    sign_in,
)
from fondaco.identity.tests.races import together
from fondaco.identity.types import SignedIn
from fondaco.kit import clock
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.lifecycle import IllegalMove
from fondaco.kit.paging import Cursor

pytestmark = pytest.mark.usefixtures("tenant")


class TestDisable:
    def test_ends_all_sessions_of_the_customer_at_once(self) -> None:
        made, other, operator = make_client(), make_client(), make_operator()
        tokens = [sign_in(made.user).refresh_token for _ in range(2)]
        sign_in(other.user)
        shown = actions.disable_customer(
            customer_id=made.customer.id, reason="Fraud", by=operator.actor
        )
        assert shown.disabled_at is not None
        assert queries.list_sessions(user_id=made.user.id, live_at=clock.now()) == []
        assert len(queries.list_sessions(user_id=other.user.id, live_at=clock.now())) == 1
        for token in tokens:
            with pytest.raises(RefreshRefused):
                actions.refresh(refresh_token=token)

    def test_writes_who_and_why(self) -> None:
        made, operator = make_client(), make_operator()
        actions.disable_customer(customer_id=made.customer.id, reason="Fraud", by=operator.actor)
        (row,) = audit.list_entries(
            subject=made.customer.wire_id, action="identity.customer.disable"
        ).items
        assert row.actor == f"operator:{operator.wire_id}"
        assert row.detail == {"reason": "Fraud"}

    def test_changes_nothing_the_second_time(self) -> None:
        made, operator = make_client(), make_operator()
        first, second = (
            actions.disable_customer(
                customer_id=made.customer.id, reason="Fraud", by=operator.actor
            )
            for _ in range(2)
        )
        assert first.disabled_at == second.disabled_at
        rows = audit.list_entries(
            subject=made.customer.wire_id, action="identity.customer.disable"
        ).items
        assert len(rows) == 1

    @pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\r\nb"])
    def test_demands_a_reason(self, reason: str) -> None:
        made, operator = make_client(), make_operator()
        with pytest.raises(InvalidField) as refusal:
            actions.disable_customer(customer_id=made.customer.id, reason=reason, by=operator.actor)
        assert refusal.value.field == "reason"
        assert queries.get_customer(made.customer.id).disabled_at is None

    def test_does_not_know_the_unknown(self) -> None:
        with pytest.raises(NotFound):
            actions.disable_customer(customer_id=uuid4(), reason="Fraud", by=make_operator().actor)

    def test_leaves_no_session_that_was_opened_at_the_same_moment(self) -> None:
        made, operator = make_client(), make_operator()
        turn = iter(range(16))

        def either() -> SignedIn | None:
            if next(turn) != 7:
                return sign_in(made.user)
            actions.disable_customer(
                customer_id=made.customer.id, reason="Fraud", by=operator.actor
            )
            return None

        answers = together(16, either)
        refused = [a for a in answers if isinstance(a, Exception)]
        assert all(isinstance(error, CustomerDisabled) for error in refused)
        assert queries.list_sessions(user_id=made.user.id, live_at=clock.now()) == []


class TestEnable:
    def test_lets_the_customer_log_in_again(self) -> None:
        made, operator = make_client(), make_operator()
        old = sign_in(made.user)
        for act in (actions.disable_customer, actions.enable_customer):
            act(customer_id=made.customer.id, reason="Mistake", by=operator.actor)
        assert queries.get_customer(made.customer.id).disabled_at is None
        sign_in(made.user)
        with pytest.raises(RefreshRefused):  # what was ended stays ended
            actions.refresh(refresh_token=old.refresh_token)

    def test_changes_nothing_for_one_who_is_not_disabled(self) -> None:
        made, operator = make_client(), make_operator()
        actions.enable_customer(customer_id=made.customer.id, reason="x", by=operator.actor)
        rows = audit.list_entries(
            subject=made.customer.wire_id, action="identity.customer.enable"
        ).items
        assert rows == []


class TestChangeLevel:
    @pytest.mark.parametrize("before", Level)
    @pytest.mark.parametrize("to", Level)
    def test_moves_by_the_table_and_no_other_way(self, before: Level, to: Level) -> None:
        made, operator = make_client(), make_operator()
        way = {Level.NOT_VERIFIED: [], Level.VERIFIED: [Level.VERIFIED]}
        for step in way.get(before, [Level.VERIFIED, Level.BUSINESS]):
            actions.change_level(
                customer_id=made.customer.id, to=step, reason="seen", by=operator.actor
            )
        may = before == to or LEVEL_LIFE.allows(before, to)
        if may:
            actions.change_level(
                customer_id=made.customer.id, to=to, reason="seen", by=operator.actor
            )
        else:
            with pytest.raises(IllegalMove):
                actions.change_level(
                    customer_id=made.customer.id,
                    to=to,
                    reason="seen",
                    by=operator.actor,
                )
        assert queries.get_customer(made.customer.id).level is (to if may else before)

    def test_writes_before_and_after(self) -> None:
        made, operator = make_client(), make_operator()
        actions.change_level(
            customer_id=made.customer.id,
            to=Level.VERIFIED,
            reason="Passport",
            by=operator.actor,
        )
        (row,) = audit.list_entries(
            subject=made.customer.wire_id, action="identity.customer.change_level"
        ).items
        assert row.detail == {
            "before": "not_verified",
            "after": "verified",
            "reason": "Passport",
        }


class TestQueries:
    def test_find_a_customer_by_any_identifier_of_his_member(self) -> None:
        made = make_client()
        for identifier in (str(made.user.email).upper(), str(made.user.username)):
            assert queries.find_customer_by_identifier(identifier) == made.customer

    def test_find_no_customer_of_an_operator_or_nobody(self) -> None:
        assert queries.find_customer_by_identifier(str(make_operator().username)) is None
        assert queries.find_customer_by_identifier("nobody.at.all") is None
        assert queries.find_customer_by_identifier("\x00") is None

    def test_list_customers_newest_first_page_by_page(self) -> None:
        made = [make_company(kind=CustomerKind.BANK).customer for _ in range(3)]
        first = queries.list_customers(kind=CustomerKind.BANK, limit=2)
        assert list(first.items) == [made[2], made[1]]
        assert first.next is not None
        second = queries.list_customers(
            kind=CustomerKind.BANK, limit=2, after=Cursor.decode(first.next)
        )
        assert second.items[0] == made[0]
        assert queries.list_customers(text="nobody is called so").items == []

    def test_say_when_there_is_no_such_thing(self) -> None:
        for get in (queries.get_customer, queries.get_user):
            with pytest.raises(NotFound):
                get(uuid4())

    def test_list_sessions_that_are_over_when_asked_for_all(self) -> None:
        made = make_client()
        ended = sign_in(made.user)
        actions.logout(session_id=ended.session_id, by=made.user.actor)
        live = sign_in(made.user)
        everything = queries.list_sessions(user_id=made.user.id)
        assert [session.id for session in everything] == [live.session_id, ended.session_id]
        assert [session.end_reason for session in everything] == ["", "logged_out"]
        assert everything[0].wire_id.startswith("ses_")

    def test_give_many_customers_at_once(self) -> None:
        made = [make_client().customer for _ in range(2)]
        found = queries.get_customers([made[0].id, made[1].id, uuid4()])
        assert found == {customer.id: customer for customer in made}
