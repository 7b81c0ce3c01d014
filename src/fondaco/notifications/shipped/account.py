"""What people are told about who they are here, and about their own safety."""

from typing import Final

from fondaco.notifications.states import Channel
from fondaco.notifications.types import Notice, Topic, Wording

_SAFE: Final = "If this was not you, change your password and write to us."
_IN_APP: Final = frozenset({Channel.IN_APP})
"""Those that ``credentials`` writes letters about: they are listed here beside."""


def _safety(
    name: str, event: str, to: str, says: str, text: str, *, channels: frozenset[Channel] = _IN_APP
) -> Notice:
    """Declare a notice that nobody can switch off."""
    return Notice(
        name=name,
        event=event,
        to=to,
        topic=Topic.SECURITY,
        says=says,
        wording=Wording(subject=says, text=f"{text} {_SAFE}"),
        channels=channels,
        is_transactional=True,
    )


def _wallet(name: str, event: str, says: str) -> Notice:
    """Declare a notice about a wallet that the house stopped or let go."""
    return Notice(
        name=name,
        event=event,
        to="customer",
        topic=Topic.ACCOUNT,
        says=says,
        wording=Wording(subject=says, text=f"Hello {{{{ name }}}},\n\n{says} ({{{{ wallet }}}})"),
        is_transactional=True,
    )


_BOTH: Final = frozenset({Channel.IN_APP, Channel.EMAIL})

NOTICES: Final = (
    Notice(
        name="welcome",
        event="identity.customer.registered",
        to="user",
        topic=Topic.ACCOUNT,
        says="You registered.",
        wording=Wording(
            subject="Welcome to {{ house }}",
            text="Hello {{ name }},\n\nWelcome to {{ house }}. Your account is ready.",
        ),
    ),
    Notice(
        name="level_changed",
        event="identity.customer.level_changed",
        to="customer",
        topic=Topic.ACCOUNT,
        says="What you have proved of yourself has changed.",
        wording=Wording(
            subject="Your account is {{ after }} now",
            text="Hello {{ name }},\n\nYour account was {{ before }} and is {{ after }} now.",
        ),
    ),
    Notice(
        name="verification_moved",
        event="kyc.verification.moved",
        to="customer",
        topic=Topic.ACCOUNT,
        says="Your verification has come further.",
        wording=Wording(
            subject="Your verification: {{ after }}",
            text="Hello {{ name }},\n\n"
            '{% if after == "approved" %}You are verified.{% endif %}'
            '{% if after == "rejected" %}Your verification was refused. You will find why in your account.'
            "{% endif %}"
            '{% if after == "retry" %}Something was unreadable. Please show it again.{% endif %}',
        ),
        only={"after": frozenset({"approved", "rejected", "retry"})},
    ),
    Notice(
        name="member_joined",
        event="identity.member.joined",
        to="customer",
        topic=Topic.ACCOUNT,
        says="Somebody may act for your organisation.",
        wording=Wording(
            subject="A member joined",
            text="Somebody joined your organisation as {{ role }} ({{ user }}).",
        ),
        only={"role": frozenset({"finance", "viewer", "administrator", "supervisor"})},
    ),
    Notice(
        name="member_left",
        event="identity.member.left",
        to="customer",
        topic=Topic.ACCOUNT,
        says="Somebody acts for your organisation no more.",
        wording=Wording(subject="A member left", text="{{ user }} left your organisation."),
    ),
    _wallet("wallet_blocked", "wallets.wallet.blocked", "The house stopped your wallet."),
    _wallet("wallet_unblocked", "wallets.wallet.unblocked", "Your wallet moves money again."),
    _safety(
        "new_device",
        "identity.session.opened",
        "user",
        "Somebody logged in from a new device.",
        "Somebody logged in to your account from a device that was not seen before, on {{ date }} at "
        "{{ time }}{% if address %}, from {{ address }}{% endif %}{% if agent %} ({{ agent }}){% endif %}.",
        channels=_BOTH,
    ),
    _safety(
        "password_changed",
        "identity.password.changed",
        "user",
        "Your password was changed.",
        "The password of your account was changed.",
    ),
    _safety(
        "login_locked",
        "credentials.login.locked",
        "user",
        "Somebody guesses at your log-in.",
        "Many wrong passwords or codes were tried for your account. They are refused for a while.",
    ),
    _safety(
        "second_factor_changed",
        "identity.second_factor.changed",
        "user",
        "Your second factor was changed.",
        "A second factor is {% if is_on %}asked for{% else %}not asked for any more{% endif %} when you "
        "log in.",
    ),
    _safety(
        "contact_changed",
        "identity.contact.changed",
        "user",
        "How you are reached was changed.",
        "Your {{ contact }} was changed.",
    ),
    _safety(
        "api_key_made",
        "apikeys.key.created",
        "customer",
        "An API key was made.",
        "An API key was made for your account.",
        channels=_BOTH,
    ),
    _safety(
        "network_allowed",
        "apikeys.network.allowed",
        "customer",
        "Your list of networks was changed.",
        "A network was allowed to use your account.",
        channels=_BOTH,
    ),
    _safety(
        "token_rotated",
        "wallets.token.rotated",
        "customer",
        "A wallet has a new token.",
        "Your wallet has a new token; the one before opens nothing.",
    ),
    _safety(
        "card_changed",
        "wallets.card.changed",
        "customer",
        "The card of a wallet was changed.",
        "The card of your wallet was {% if last_four %}changed: it ends in {{ last_four }}"
        "{% else %}taken away{% endif %}.",
    ),
    Notice(
        name="webhook_failing",
        event="webhooks.endpoint.failing",
        to="customer",
        topic=Topic.ACCOUNT,
        says="One of your webhooks does not take what is sent to it.",
        wording=Wording(
            subject="Your webhook at {{ host }} fails",
            text="Hello {{ name }},\n\nYour webhook {{ endpoint }} at {{ host }} has failed {{ failures }} "
            "times in a row. The last answer was: {{ answer }}. Sending goes on.",
        ),
        is_transactional=True,
    ),
    Notice(
        name="webhook_disabled",
        event="webhooks.endpoint.disabled",
        to="customer",
        topic=Topic.ACCOUNT,
        says="Nothing is sent to one of your webhooks any more.",
        wording=Wording(
            subject="A webhook is switched off",
            text="Hello {{ name }},\n\nNothing is sent to your webhook {{ endpoint }} any more. "
            "{{ reason }} Enable it again when it works.",
        ),
        is_transactional=True,
    ),
)
