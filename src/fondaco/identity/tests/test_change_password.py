"""How a user changes his password."""

from uuid import uuid4

import pytest

from fondaco.identity import actions, queries
from fondaco.identity.errors import PasswordIsWrong, WrongCredentials
from fondaco.identity.passwords import WeakPassword
from fondaco.identity.tests.people import PASSWORD, log_in, make_client, sign_in
from fondaco.identity.tests.races import together
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import NotFound

pytestmark = pytest.mark.usefixtures("tenant")

NEW = "saffron-galley-topaz-cedar"


class TestChangePassword:
    def test_keeps_this_device_and_makes_the_others_leave(self) -> None:
        made = make_client()
        here, _there = sign_in(made.user), sign_in(made.user)
        actions.change_password(
            user_id=made.user.id,
            current=PASSWORD,
            new=NEW,
            session_id=here.session_id,
            by=made.user.actor,
        )
        left = queries.list_sessions(user_id=made.user.id, live_at=clock.now())
        assert [session.id for session in left] == [here.session_id]
        log_in(identifier=str(made.user.username), password=NEW)
        with pytest.raises(WrongCredentials):
            log_in(identifier=str(made.user.username), password=PASSWORD)

    def test_demands_the_present_one(self) -> None:
        made = make_client()
        with pytest.raises(PasswordIsWrong) as refusal:
            actions.change_password(
                user_id=made.user.id,
                current=NEW,
                new=NEW,
                session_id=None,
                by=made.user.actor,
            )
        assert refusal.value.field == "current_password"
        log_in(identifier=str(made.user.username), password=PASSWORD)

    def test_refuses_a_weak_one_and_keeps_the_present(self) -> None:
        made = make_client()
        with pytest.raises(WeakPassword):
            actions.change_password(
                user_id=made.user.id,
                current=PASSWORD,
                new=f"{made.user.username}1",
                session_id=None,
                by=made.user.actor,
            )
        log_in(identifier=str(made.user.username), password=PASSWORD)

    def test_is_won_by_one_of_eight_at_once(self) -> None:
        made = make_client()
        answers = together(
            8,
            lambda: actions.change_password(
                user_id=made.user.id,
                current=PASSWORD,
                new=NEW,
                session_id=None,
                by=made.user.actor,
            ),
        )
        assert answers.count(None) == 1
        assert sum(isinstance(answer, PasswordIsWrong) for answer in answers) == 7


class TestReplacePassword:
    def test_ends_all_sessions(self) -> None:
        made = make_client()
        sign_in(made.user)
        actions.replace_password(user_id=made.user.id, new=NEW, by=SYSTEM)
        assert queries.list_sessions(user_id=made.user.id, live_at=clock.now()) == []
        log_in(identifier=str(made.user.username), password=NEW)

    def test_does_not_know_the_unknown(self) -> None:
        with pytest.raises(NotFound):
            actions.replace_password(user_id=uuid4(), new=NEW, by=SYSTEM)
