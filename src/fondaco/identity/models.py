"""Customers, users and what binds them; sessions and their tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fondaco.identity import passwords
from fondaco.identity.states import (
    CustomerKind,
    Level,
    MemberRole,
    SessionEnd,
    StaffRole,
)
from fondaco.kit.django.fields import EncryptedTextField
from fondaco.kit.ids import uuid7


class CustomerGroup(models.Model):
    """Hold a group of customers to whom the same rules apply."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Write the name."""
        return self.name


class Customer(models.Model):
    """Hold a party that owns wallets."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20, choices=CustomerKind.choices)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=500, blank=True, default="")
    level = models.CharField(max_length=20, choices=Level.choices, default=Level.NOT_VERIFIED)
    group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, null=True, blank=True, related_name="customers"
    )
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    """When the customer left for good; the books stay."""

    class Meta:
        """Keep the words of kind and level to the known ones."""

        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=CustomerKind.values), name="customer_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="customer_level_is_known"
            ),
        )

    def __str__(self) -> str:
        """Write name and kind."""
        return f"{self.name} ({self.kind})"


class People(BaseUserManager["User"]):
    """Find users by whatever identifies them, as Django's authentication asks."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Give the user with this e-mail, telephone or user name, written as stored."""
        return self.get(Q(email=username) | Q(phone=username) | Q(username=username))


class User(AbstractBaseUser):
    """Hold a person who logs in; each identifier is stored normalised and is unique."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254, null=True, blank=True, unique=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone = models.CharField(max_length=16, null=True, blank=True, unique=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    username = models.CharField(max_length=32, null=True, blank=True, unique=True)
    telegram_id = models.BigIntegerField(null=True, blank=True, unique=True)
    first_name = models.CharField(max_length=100, blank=True, default="")
    last_name = models.CharField(max_length=100, blank=True, default="")
    staff_role = models.CharField(max_length=20, choices=StaffRole.choices, blank=True, default="")
    """Empty: a customer's person."""
    permissions = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    second_factor_at = models.DateTimeField(null=True, blank=True)
    """Since when a password alone does not suffice; the factors themselves are kept by ``credentials``."""
    money_held_until = models.DateTimeField(null=True, blank=True)
    """Until when nothing leaves the house for his customers, since he changed how he is reached."""
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=33, blank=True, default="")
    """In which sums are shown to him; empty: the house's own."""
    notifications = models.JSONField(default=dict, blank=True)
    """The channels chosen for each topic; a topic that is not named takes the house's default."""
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    """When the person's data were destroyed; the row stays, since events and audit refer to it."""

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """Demand one identifier at least, each in its one normal form."""

        constraints = (
            models.CheckConstraint(
                condition=Q(email__isnull=False)
                | Q(phone__isnull=False)
                | Q(username__isnull=False)
                | Q(telegram_id__isnull=False)
                | Q(erased_at__isnull=False),
                name="user_has_an_identifier",
            ),
            models.CheckConstraint(
                condition=Q(email_verified_at__isnull=True) | Q(email__isnull=False),
                name="user_verified_email_is_there",
            ),
            models.CheckConstraint(
                condition=Q(phone_verified_at__isnull=True) | Q(phone__isnull=False),
                name="user_verified_phone_is_there",
            ),
            models.CheckConstraint(
                condition=Q(email__regex=r"^[!-~]+@[!-~]+$") & ~Q(email__regex=r"[A-Z]"),
                name="user_email_is_normalised",
            ),
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+[1-9][0-9]{5,14}$"),
                name="user_phone_is_e164",
            ),
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z][a-z0-9._-]{2,31}$"),
                name="user_username_is_plain_ascii",
            ),
            models.CheckConstraint(
                condition=Q(staff_role__in=["", *StaffRole.values]),
                name="user_staff_role_is_known",
            ),
            models.CheckConstraint(
                condition=Q(permissions=[]) | ~Q(staff_role=""),
                name="user_permissions_are_for_staff",
            ),
        )

    def __str__(self) -> str:
        """Write the identifier that the person is best known by."""
        return str(self.email or self.username or self.phone or self.telegram_id)

    def set_password(self, raw_password: str | None) -> None:
        """Let Django's own tools keep a password as the platform does; none makes it unusable."""
        if raw_password is None:
            self.password = passwords.UNUSABLE
        else:
            self.password = passwords.hash_password(raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        """Let Django's own tools compare a password as the platform does."""
        return raw_password is not None and passwords.verify(raw_password, self.password)

    def has_usable_password(self) -> bool:
        """Tell Django's own tools whether a password was chosen at all."""
        return self.password != passwords.UNUSABLE

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django only reads it
        """Tell Django whether the user may log in."""
        return self.disabled_at is None

    @property
    def is_staff(self) -> bool:
        """Tell Django whether the superusers' admin opens."""
        return self.is_superuser

    @property
    def is_superuser(self) -> bool:
        """Tell Django whether the user may do everything in its admin."""
        return self.staff_role == StaffRole.MASTER_ADMIN

    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Tell Django's admin whether a permission of its own kind is held."""
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 - Django's signature
        """Tell Django's admin whether an application is shown."""
        return self.is_active and self.is_superuser


class Membership(models.Model):
    """Bind a user to a customer with a role."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=MemberRole.choices)
    permissions = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """Let a user be a member of a customer once."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "customer"),
                name="membership_is_one_per_user_and_customer",
            ),
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="membership_role_is_known"
            ),
        )

    def __str__(self) -> str:
        """Write who is what to whom."""
        return f"{self.user_id} is {self.role} of {self.customer_id}"


class Session(models.Model):
    """Hold one sign-in; its refresh tokens are one family."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True, blank=True)
    """When the person last proved himself anew on this device; dangerous steps want it to be recent."""
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=30, choices=SessionEnd.choices, blank=True, default="")
    address = models.CharField(max_length=50, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        """Find what ended lately in one look, since every process asks once a second."""

        indexes = (
            models.Index(
                fields=("ended_at",),
                name="sessions_lately_ended",
                condition=Q(ended_at__isnull=False),
            ),
            models.Index(fields=("expires_at",), name="sessions_by_expiry"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="session_end_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="session_expires_after_its_start",
            ),
        )

    def __str__(self) -> str:
        """Write whose session it is and whether it lives."""
        return f"session of {self.user_id}" + (f", {self.end_reason}" if self.end_reason else "")


class RefreshToken(models.Model):
    """Hold the SHA-256 of a refresh token; it is spent by its first use."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Let a session have one token that is not spent."""

        constraints = (
            models.UniqueConstraint(
                fields=("session",),
                condition=Q(spent_at__isnull=True),
                name="session_has_one_live_refresh_token",
            ),
        )

    def __str__(self) -> str:
        """Write the state, never the token."""
        return f"refresh token of {self.session_id}" + (", spent" if self.spent_at else "")


class SetUpToken(models.Model):
    """Hold the SHA-256 of the one-time token with which an operator chooses a password."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="set_up_tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Write whose token it is, never the token."""
        return f"set-up of {self.user_id}" + (", used" if self.used_at else "")


class SocketTicket(models.Model):
    """Hold the SHA-256 of a ticket that opens one socket for a session; its use deletes it."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        """Write whose ticket it is, never the ticket."""
        return f"socket ticket of {self.session_id}"


class PersonKey(models.Model):
    """Hold the key that seals what is kept of a person outside his row; without it nothing opens it."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="+")
    key = EncryptedTextField()
    """32 bytes as base64, sealed by the house's key."""
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        """Write whose key it is, never the key."""
        return f"key of {self.user_id}"
