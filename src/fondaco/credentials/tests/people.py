"""Makes people who have proved addresses and second factors."""

from dataclasses import dataclass

from fondaco.credentials import factors
from fondaco.credentials.actions import factors as actions
from fondaco.identity import actions as identity
from fondaco.identity.models import User as UserRow
from fondaco.identity.rows import show_user
from fondaco.identity.tests.people import make_client, sign_in
from fondaco.identity.types import SignedIn, User
from fondaco.kit import clock
from fondaco.kit.ids import uuid7

STEP_S = 30


@dataclass
class Person:
    """Hold somebody with a session."""

    user: User
    session: SignedIn

    @property
    def email(self) -> str:
        """Give the e-mail."""
        return str(self.user.email)

    @property
    def phone(self) -> str:
        """Give the telephone."""
        return str(self.user.phone)

    @property
    def token(self) -> str:
        """Give the access token."""
        return self.session.access_token


def make_person(*, with_phone: bool = False) -> Person:
    """Make a client whose e-mail, and telephone where wanted, is proved."""
    made = make_client()
    actor = made.user.actor
    identity.mark_verified(
        user_id=made.user.id, contact="email", value=str(made.user.email), by=actor
    )
    if with_phone:
        phone = f"+346{uuid7().int % 10**8:08}"
        rows = UserRow.objects.filter(id=made.user.id)
        rows.update(phone=phone, phone_verified_at=clock.now())
    user = read(made.user)
    return Person(user, sign_in(user))


def read(user: User) -> User:
    """Give the person as he is now."""
    return show_user(UserRow.objects.get(id=user.id))


def with_totp(person: Person) -> tuple[str, list[str]]:
    """Set an authenticator up that is behind by a step; give its seed and the recovery codes."""
    offer = actions.offer_totp(user_id=person.user.id)
    code = factors.code_at(offer.secret, now_step() - 1)
    codes = actions.confirm_totp(user_id=person.user.id, code=code, by=person.user.actor)
    return offer.secret, codes


def now_step() -> int:
    """Give the present time step."""
    return int(clock.now().timestamp()) // STEP_S
