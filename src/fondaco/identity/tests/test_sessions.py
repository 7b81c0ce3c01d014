"""How sessions begin, go on and end."""

from datetime import timedelta
from unittest import mock

import pytest

from fondaco.audit import queries as audit
from fondaco.identity import actions, models, passwords, queries
from fondaco.identity.actions.granting import _SESSION_AGE_MAX
from fondaco.identity.errors import CustomerDisabled, RefreshRefused, WrongCredentials
from fondaco.identity.tasks import purge_sessions
from fondaco.identity.tests.people import (
    PASSWORD,
    log_in,
    make_client,
    make_operator,
    sign_in,
    unique,
)
from fondaco.identity.tests.races import together
from fondaco.identity.types import NewCustomer, Origin, Session, SignedIn, User
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Role
from fondaco.kit.errors import NotFound
from fondaco.kit.options import options

pytestmark = pytest.mark.usefixtures("tenant")


def open_sessions(user: User) -> list[Session]:
    return queries.list_sessions(user_id=user.id, live_at=clock.now())


class TestLogin:
    def test_takes_email_phone_or_username_in_any_spelling(self) -> None:
        name = unique()
        phone = f"+1202{uuid_digits()}"
        made = actions.register(
            ask=NewCustomer(
                kind=make_client().customer.kind,
                email=f"{name}@example.com",
                phone=phone,
                username=name,
                password=PASSWORD,
                first_name="Lyra",
                last_name="King",
            )
        )
        for identifier in (f"{name.upper()}@Example.com", f" {name.title()} ", phone):
            signed_in = log_in(identifier=identifier, password=PASSWORD)
            assert signed_in.user_id == made.user.id
            assert signed_in.customer_id == made.customer.id
            assert signed_in.role is Role.CLIENT

    def test_remembers_the_device_without_what_could_forge_a_log_line(self) -> None:
        made = make_client()
        origin = Origin(address="192.0.2.7", agent="Browser\r\nX: 1")
        log_in(
            identifier=made.user.wire_id[:0] + str(made.user.username),
            password=PASSWORD,
            origin=origin,
        )
        (session,) = open_sessions(made.user)
        assert (session.address, session.agent) == ("192.0.2.7", "BrowserX: 1")

    @pytest.mark.parametrize(
        ("address", "kept"),
        [
            ("2001:db8::/64", "2001:db8::/64"),
            ("", ""),
            ("not one\r\n", ""),
            ("1/2/3", ""),
        ],
    )
    def test_keeps_an_address_only_where_it_is_one(self, address: str, kept: str) -> None:
        made = make_client()
        actions.open_session(user_id=made.user.id, origin=Origin(address=address))
        (session,) = open_sessions(made.user)
        assert session.address == kept

    def test_refuses_unknown_and_wrong_alike(self) -> None:
        known = str(make_client().user.username)
        refusals = []
        for identifier, password in (
            (known, PASSWORD + "x"),
            (unique(), PASSWORD),
            ("@", ""),
        ):
            with pytest.raises(WrongCredentials) as refusal:
                log_in(identifier=identifier, password=password)
            refusals.append((refusal.value.detail, refusal.value.field, refusal.value.facts))
        assert refusals[0] == refusals[1] == refusals[2]

    def test_works_as_long_for_the_unknown_as_for_the_known(self) -> None:
        known = str(make_client().user.username)
        for identifier in (known, unique(), "", "no\x00body"):
            with (
                mock.patch.object(
                    passwords._hasher, "verify", wraps=passwords._hasher.verify
                ) as work,
                pytest.raises(WrongCredentials),
            ):
                log_in(identifier=identifier, password="wrong-but-long-enough")
            assert work.call_count == 1

    def test_writes_nothing_when_refused(self) -> None:
        made = make_client()
        before = audit.list_entries().items[0]
        with pytest.raises(WrongCredentials):
            log_in(identifier=str(made.user.username), password="wrong-but-long-enough")
        assert audit.list_entries(subject=made.user.wire_id).items == []
        assert open_sessions(made.user) == []
        assert before.subject == made.customer.wire_id

    def test_renews_a_hash_of_old_parameters(self) -> None:
        made = make_client()
        weaker = passwords.Argon2()
        weaker.time_cost = 1
        old = weaker.encode(PASSWORD, weaker.salt())
        models.User.objects.filter(id=made.user.id).update(password=old)
        log_in(identifier=str(made.user.username), password=PASSWORD)
        kept = models.User.objects.get(id=made.user.id).password
        assert not passwords.is_outdated(kept)
        assert passwords.verify(PASSWORD, kept)

    def test_tells_the_disabled_only_when_the_password_is_right(self) -> None:
        made = make_client()
        actions.disable_customer(customer_id=made.customer.id, reason="Fraud", by=SYSTEM)
        with pytest.raises(WrongCredentials):
            log_in(identifier=str(made.user.username), password="wrong-but-long-enough")
        with pytest.raises(CustomerDisabled):
            log_in(identifier=str(made.user.username), password=PASSWORD)
        assert open_sessions(made.user) == []

    def test_gives_operators_their_role_and_no_customer(self) -> None:
        operator = make_operator(permissions=frozenset({"wallets:top_up"}))
        signed_in = log_in(identifier=str(operator.username), password=PASSWORD)
        assert (signed_in.role, signed_in.customer_id) == (Role.OPERATOR, None)

    def test_shows_no_token_in_its_representation(self) -> None:
        signed_in = sign_in(make_client().user)
        assert signed_in.access_token not in repr(signed_in)
        assert signed_in.refresh_token not in repr(signed_in)

    def test_keeps_no_token_in_clear(self) -> None:
        signed_in = sign_in(make_client().user)
        (kept,) = models.RefreshToken.objects.filter(session_id=signed_in.session_id)
        assert len(bytes(kept.digest)) == 32
        assert signed_in.refresh_token.encode() not in bytes(kept.digest)


class TestRefresh:
    def test_gives_another_pair_for_the_same_session(self) -> None:
        first = sign_in(make_client().user)
        second = actions.refresh(refresh_token=first.refresh_token)
        assert second.session_id == first.session_id
        assert second.refresh_token != first.refresh_token
        third = actions.refresh(refresh_token=second.refresh_token)
        assert third.session_id == first.session_id

    def test_ends_the_session_when_a_spent_token_comes_back(self) -> None:
        made = make_client()
        first = sign_in(made.user)
        second = actions.refresh(refresh_token=first.refresh_token)
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=first.refresh_token)
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=second.refresh_token)
        assert open_sessions(made.user) == []
        session = models.Session.objects.get(id=first.session_id)
        assert session.end_reason == "refresh_token_reused"

    def test_leaves_the_users_other_sessions_alone_then(self) -> None:
        made = make_client()
        other = sign_in(made.user)
        first = sign_in(made.user)
        actions.refresh(refresh_token=first.refresh_token)
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=first.refresh_token)
        assert [session.id for session in open_sessions(made.user)] == [other.session_id]

    @pytest.mark.parametrize("token", ["", "frt_unknown", "x" * 1_000_000, "\ud800", "\x00"])
    def test_refuses_what_is_no_token(self, token: str) -> None:
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=token)

    def test_is_refused_after_its_time_and_slides_before(self) -> None:
        life = timedelta(seconds=options().refresh_lifetime_s)
        start = clock.now()
        first = sign_in(make_client().user)
        with clock.set_to(start + life - timedelta(minutes=1)):
            second = actions.refresh(refresh_token=first.refresh_token)
        with clock.set_to(start + life + timedelta(minutes=1)):
            third = actions.refresh(refresh_token=second.refresh_token)
        with clock.set_to(start + 3 * life), pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=third.refresh_token)

    def test_never_makes_a_session_older_than_its_greatest_age(self) -> None:
        start = clock.now()
        token = sign_in(make_client().user).refresh_token
        step = timedelta(days=20)
        for past in range(1, 5):
            with clock.set_to(start + past * step):
                token = actions.refresh(refresh_token=token).refresh_token
        too_old = start + _SESSION_AGE_MAX + timedelta(minutes=1)
        with clock.set_to(too_old), pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=token)

    def test_takes_up_rights_that_changed_meanwhile(self) -> None:
        made = make_client()
        first = sign_in(made.user)
        models.Membership.objects.filter(user_id=made.user.id).update(permissions=["wallets:read"])
        second = actions.refresh(refresh_token=first.refresh_token)
        assert second.access_token != first.access_token

    def test_ends_a_session_whose_membership_is_gone(self) -> None:
        made = make_client()
        first = sign_in(made.user)
        models.Membership.objects.filter(user_id=made.user.id).delete()
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=first.refresh_token)
        assert open_sessions(made.user) == []


class TestThirtyTwoRefreshesAtOnce:
    def test_let_one_win_and_the_family_dies(self) -> None:
        made = make_client()
        token = sign_in(made.user).refresh_token
        answers = together(32, lambda: actions.refresh(refresh_token=token))
        winners = [answer for answer in answers if isinstance(answer, SignedIn)]
        refusals = [answer for answer in answers if isinstance(answer, RefreshRefused)]
        assert (len(winners), len(refusals)) == (1, 31)
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=winners[0].refresh_token)
        assert open_sessions(made.user) == []
        assert models.RefreshToken.objects.filter(session_id=winners[0].session_id).count() == 2


class TestLogout:
    def test_ends_this_session_only(self) -> None:
        made = make_client()
        here, there = sign_in(made.user), sign_in(made.user)
        actions.logout(session_id=here.session_id, by=made.user.actor)
        assert [session.id for session in open_sessions(made.user)] == [there.session_id]
        with pytest.raises(RefreshRefused):
            actions.refresh(refresh_token=here.refresh_token)

    def test_does_nothing_the_second_time(self) -> None:
        made = make_client()
        here = sign_in(made.user)
        for _ in range(2):
            actions.logout(session_id=here.session_id, by=made.user.actor)
        ends = audit.list_entries(subject=made.user.wire_id, action="identity.session.end").items
        assert len(ends) == 1
        assert ends[0].detail["reason"] == "logged_out"

    def test_everywhere_ends_all_of_the_user_and_none_of_others(self) -> None:
        made, other = make_client(), make_client()
        for user in (made.user, made.user, made.user, other.user):
            sign_in(user)
        assert actions.logout_everywhere(user_id=made.user.id, by=made.user.actor) == 3
        assert open_sessions(made.user) == []
        assert len(open_sessions(other.user)) == 1


class TestEndSession:
    def test_does_not_know_sessions_of_others(self) -> None:
        made, other = make_client(), make_client()
        session_id = sign_in(other.user).session_id
        with pytest.raises(NotFound):
            actions.end_session(session_id=session_id, user_id=made.user.id, by=made.user.actor)
        assert len(open_sessions(other.user)) == 1


class TestPurge:
    def test_is_done_by_the_clock_after_the_retention(self) -> None:
        made = make_client()
        with clock.set_to(clock.now() - timedelta(days=options().retention_sessions_days + 40)):
            old = sign_in(made.user)
        purge_sessions()
        assert not models.Session.objects.filter(id=old.session_id).exists()

    def test_deletes_what_is_over_and_keeps_what_lives(self) -> None:
        made = make_client()
        with clock.set_to(clock.now() - timedelta(days=200)):
            old = sign_in(made.user)
        live = sign_in(made.user)
        while actions.purge_sessions(before=clock.now() - timedelta(days=90)):
            pass
        kept = models.Session.objects.filter(user_id=made.user.id).values_list("id", flat=True)
        assert list(kept) == [live.session_id]
        assert not models.RefreshToken.objects.filter(session_id=old.session_id).exists()


def uuid_digits() -> str:
    """Give seven digits that no other test has."""
    return f"{int(unique('')[-6:], 16) % 10_000_000:07d}"
