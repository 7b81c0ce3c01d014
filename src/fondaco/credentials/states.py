"""What codes and links are for."""

from django.db.models import TextChoices


class Purpose(TextChoices):
    """What a code or link proves, once."""

    LOGIN_CODE = "login_code"
    """Log in by a six-digit code to e-mail and telephone."""
    SECOND_FACTOR = "second_factor"
    """The password was right; the second factor is awaited."""
    EMAIL_LINK = "email_link"
    """The e-mail of a registration reaches the person."""
    PHONE_CODE = "phone_code"
    """The telephone of a registration reaches the person."""
    EMAIL_CHANGE = "email_change"
    """Both the old and the new e-mail reach the person."""
    PHONE_CHANGE = "phone_change"
    """Both the old and the new telephone reach the person."""
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, not a secret
    """Somebody who forgot the password reads the person's e-mail."""
    STEP_UP = "step_up"
    """The person at the device reads his e-mail or telephone."""
    TOTP = "totp"
    """An authenticator is being set up."""
    PASSKEY_NEW = "passkey_new"
    """A passkey is being made."""
    PASSKEY_LOGIN = "passkey_login"
    """A passkey is being asked."""
    INVITATION = "invitation"
    """Somebody shall act for a customer."""
    TELEGRAM = "telegram"
    """Data signed by Telegram, spent."""
    TELEGRAM_OIDC = "telegram_oidc"
    """Somebody was sent to Telegram's page and comes back with a code."""
