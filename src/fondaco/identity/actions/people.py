"""Makes the row of a user, checked and normalised, for registration and for the house's own people."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

import psycopg
from django.db import IntegrityError

from fondaco.identity import identifiers, models, names
from fondaco.identity.errors import IdentifierTaken
from fondaco.identity.states import StaffRole
from fondaco.kit import clock
from fondaco.kit.errors import InvalidField, NotFound


@dataclass(frozen=True, slots=True)
class Person:
    """Hold what a person said of himself, in normal form."""

    email: str | None
    phone: str | None
    username: str | None
    first_name: str
    last_name: str
    telegram_id: int | None = None

    @classmethod
    def checked(
        cls,
        *,
        email: str | None,
        phone: str | None,
        username: str | None,
        first_name: str,
        last_name: str,
        telegram_id: int | None = None,
    ) -> Self:
        """Check and normalise; a name may be left empty.

        :raises InvalidField: a value cannot be taken, or there is no identifier at all
        """
        if not (email or phone or username or telegram_id):
            raise InvalidField("Give an e-mail, a telephone or a user name.", field="email")
        return cls(
            email=identifiers.normalise_email(email) if email else None,
            phone=identifiers.normalise_phone(phone) if phone else None,
            username=identifiers.normalise_username(username) if username else None,
            first_name=names.clean_name(first_name, field="first_name") if first_name else "",
            last_name=names.clean_name(last_name, field="last_name") if last_name else "",
            telegram_id=telegram_id,
        )

    @property
    def told(self) -> tuple[str | None, ...]:
        """Give what others know of the person, which a password must not be made of."""
        local = self.email.partition("@")[0] if self.email else None
        return (
            self.email,
            local,
            self.phone,
            self.username,
            self.first_name,
            self.last_name,
        )

    @property
    def called(self) -> str:
        """Give the name by which the person is shown, never an address."""
        given = f"{self.first_name} {self.last_name}".strip()
        local = self.email.partition("@")[0] if self.email else None
        return given or self.username or local or "Customer"

    def insert(
        self,
        *,
        password_hash: str,
        staff_role: StaffRole | None = None,
        permissions: frozenset[str] = frozenset(),
        is_email_verified: bool = False,
        is_phone_verified: bool = False,
    ) -> models.User:
        """Write the row; call it inside ``atomic`` and `refuse_taken`."""
        now = clock.now()
        return models.User.objects.create(
            email=self.email,
            email_verified_at=now if is_email_verified and self.email else None,
            telegram_id=self.telegram_id,
            phone=self.phone,
            phone_verified_at=now if is_phone_verified and self.phone else None,
            username=self.username,
            first_name=self.first_name,
            last_name=self.last_name,
            password=password_hash,
            staff_role=staff_role or "",
            permissions=sorted(permissions),
            created_at=now,
        )


def refuse_taken(error: IntegrityError) -> IdentifierTaken:
    """Give the refusal that stands behind a broken unique constraint of the users.

    :raises IntegrityError: another constraint was broken: a mistake of ours
    """
    cause = error.__cause__
    if isinstance(cause, psycopg.errors.UniqueViolation):
        return IdentifierTaken()
    raise error


def lock_user(user_id: UUID) -> models.User:
    """Lock a user's row until the end of the transaction.

    :raises NotFound: there is none, or his data were erased
    """
    rows = models.User.objects.select_for_update(no_key=True)
    user = rows.filter(id=user_id, erased_at__isnull=True).first()
    if user is None:
        raise NotFound("There is no such user.")
    return user
