"""The kinds, levels and reasons of identity, and the table of moves between levels."""

from django.db.models import TextChoices

from fondaco.kit.lifecycle import Lifecycle


class CustomerKind(TextChoices):
    """What sort of party owns the wallets."""

    CLIENT = "client"
    """A person who holds and pays."""
    COMPANY = "company"
    """A merchant, who may charge."""
    CORPORATE = "corporate"
    """A buyer or supplier of supply-chain finance."""
    BANK = "bank"
    """A financier of supply-chain finance."""


class Level(TextChoices):
    """How far the customer has proved who he is."""

    NOT_VERIFIED = "not_verified"
    """Said so himself."""
    VERIFIED = "verified"
    """A provider or an operator has seen proof."""
    BUSINESS = "business"
    """The organisation behind him is proved, too."""


LEVEL_LIFE = Lifecycle[Level](
    {
        Level.NOT_VERIFIED: {Level.VERIFIED},
        Level.VERIFIED: {Level.BUSINESS, Level.NOT_VERIFIED},
        Level.BUSINESS: {Level.VERIFIED, Level.NOT_VERIFIED},
    }
)


class StaffRole(TextChoices):
    """What a person is to the house."""

    OPERATOR = "operator"
    """Does what the rights say."""
    AUDITOR = "auditor"
    """Reads all and writes nothing."""
    MASTER_ADMIN = "master_admin"
    """May do everything but sign for a party."""


class MemberRole(TextChoices):
    """What a person is to a customer."""

    OWNER = "owner"
    """Registered the customer; may do all that the customer may."""
    FINANCE = "finance"
    """Moves money by the permissions given."""
    VIEWER = "viewer"
    """Reads."""
    ADMINISTRATOR = "administrator"
    """Heads a party of supply-chain finance and gives permissions to supervisors."""
    SUPERVISOR = "supervisor"
    """Acts for a party by the permissions given."""


class SessionEnd(TextChoices):
    """Why a session ended."""

    LOGGED_OUT = "logged_out"
    """The user left, here or everywhere."""
    TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a reason, not a secret
    """A spent refresh token came back: it may be stolen."""
    DISABLED = "disabled"
    """The customer or the user was shut out."""
    RIGHTS_CHANGED = "rights_changed"
    """An operator has other rights than the token says."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a secret
    """Other devices leave when the password changes."""
    CONTACT_CHANGED = "contact_changed"
    """Other devices leave when the e-mail or telephone changes."""
    FACTOR_CHANGED = "factor_changed"
    """The second factor was reset."""
    MEMBERSHIP_CHANGED = "membership_changed"
    """A member has other rights than the token says, or is none any more."""
    CLOSED = "closed"
    """The customer left for good, or the person's data were erased."""
