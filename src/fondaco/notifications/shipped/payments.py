"""What people are told about their money."""

from typing import Final

from fondaco.notifications.states import Channel
from fondaco.notifications.types import Notice, Topic, Wording

_QUIET: Final = frozenset({Channel.IN_APP})
"""Charges come by the thousand: by mail only to who asks for it."""
_FOR: Final = "{% if summary %} for “{{ summary }}”{% endif %}"
_SUM: Final = "{{ amount.amount }} {{ amount.currency }}"


def _payment(name: str, event: str, to: str, says: str, subject: str, text: str) -> Notice:
    """Declare a notice about a charge or movement between two wallets."""
    payee = "target_wallet" if "movement" in event else "payee_wallet"
    payer = "source_wallet" if "movement" in event else "payer_wallet"
    return Notice(
        name=name,
        event=event,
        to=to,
        topic=Topic.PAYMENTS,
        says=says,
        wording=Wording(subject=subject, text=text),
        channels=_QUIET,
        people={"payer": payer, "payee": payee},
    )


def _request(name: str, event: str, to: str, says: str, subject: str, text: str) -> Notice:
    """Declare a notice about a payment request."""
    return Notice(
        name=name,
        event=event,
        to=to,
        topic=Topic.PAYMENTS,
        says=says,
        wording=Wording(subject=subject, text=text),
        people={"asker_name": "asker", "payer_name": "payer"},
    )


NOTICES: Final = (
    Notice(
        name="top_up_posted",
        event="wallets.top_up.posted",
        to="wallet",
        topic=Topic.PAYMENTS,
        says="Money came into your wallet.",
        wording=Wording(
            subject=f"{_SUM} came in",
            text=f"Hello {{{{ name }}}},\n\n{_SUM} came into your wallet{_FOR}. "
            "It holds {{ balance.amount }} {{ balance.currency }} now.",
        ),
    ),
    Notice(
        name="top_up_refused",
        event="wallets.top_up.refused",
        to="wallet",
        topic=Topic.PAYMENTS,
        says="A top-up of your wallet was refused.",
        wording=Wording(
            subject=f"The top-up of {_SUM} was refused",
            text=f"Hello {{{{ name }}}},\n\nThe top-up of {_SUM}{_FOR} was refused ({{{{ refusal }}}}). "
            "Nothing moved.",
        ),
    ),
    _payment(
        "charge_paid",
        "wallets.charge.posted",
        "payer_wallet",
        "A merchant took money from your wallet.",
        f"You paid {_SUM} to {{{{ payee }}}}",
        f"You paid {_SUM} to {{{{ payee }}}}{_FOR}, on {{{{ date }}}} at {{{{ time }}}}.",
    ),
    _payment(
        "charge_received",
        "wallets.charge.posted",
        "payee_wallet",
        "You took money from a customer's wallet.",
        f"{{{{ payer }}}} paid {_SUM}",
        f"{{{{ payer }}}} paid you {_SUM}{_FOR}.",
    ),
    _payment(
        "charge_held",
        "wallets.charge.authorised",
        "payer_wallet",
        "Money in your wallet is held for a merchant.",
        f"{_SUM} are held for {{{{ payee }}}}",
        f"{_SUM} in your wallet are held for {{{{ payee }}}}{_FOR}.",
    ),
    _payment(
        "charge_captured",
        "wallets.charge.captured",
        "payer_wallet",
        "A merchant took what was held for him.",
        f"You paid {_SUM} to {{{{ payee }}}}",
        f"{{{{ payee }}}} took {_SUM} of what was held{_FOR}; the rest is yours again.",
    ),
    _payment(
        "charge_refunded",
        "wallets.charge.refunded",
        "payer_wallet",
        "A merchant gave money back.",
        f"{{{{ payee }}}} gave {_SUM} back",
        f"{{{{ payee }}}} gave {_SUM} back{_FOR}.",
    ),
    _payment(
        "charge_refused",
        "wallets.charge.refused",
        "payer_wallet",
        "A charge of your wallet was refused.",
        f"A charge of {_SUM} was refused",
        f"{{{{ payee }}}} tried to take {_SUM}{_FOR}. It was refused ({{{{ refusal }}}}); nothing moved.",
    ),
    _payment(
        "movement_sent",
        "wallets.movement.posted",
        "source_wallet",
        "You sent money to another customer.",
        f"You sent {_SUM} to {{{{ payee }}}}",
        f"You sent {_SUM} to {{{{ payee }}}}{_FOR}.",
    ),
    _payment(
        "movement_received",
        "wallets.movement.posted",
        "target_wallet",
        "Another customer sent you money.",
        f"{{{{ payer }}}} sent you {_SUM}",
        f"{{{{ payer }}}} sent you {_SUM}{_FOR}.",
    ),
    _request(
        "request_asked",
        "wallets.request.asked",
        "payer",
        "Somebody asks you for money.",
        f"{{{{ asker_name }}}} asks you for {_SUM}",
        f"Hello {{{{ name }}}},\n\n{{{{ asker_name }}}} asks you for {_SUM}. "
        "Pay it or refuse it in your account.",
    ),
    _request(
        "request_accepted",
        "wallets.request.accepted",
        "asker",
        "Somebody paid what you asked for.",
        f"{{{{ payer_name }}}} paid {_SUM}",
        f"{{{{ payer_name }}}} paid the {_SUM} that you asked for.",
    ),
    _request(
        "request_declined",
        "wallets.request.declined",
        "asker",
        "Somebody refused what you asked for.",
        f"{{{{ payer_name }}}} will not pay {_SUM}",
        f"{{{{ payer_name }}}} refused to pay the {_SUM} that you asked for.",
    ),
    _request(
        "request_expired",
        "wallets.request.expired",
        "asker",
        "Nobody answered what you asked for.",
        f"Nobody answered your request of {_SUM}",
        f"Your request of {_SUM} to {{{{ payer_name }}}} has expired.",
    ),
    Notice(
        name="order_moved",
        event="orders.order.moved",
        to="customer",
        topic=Topic.ORDERS,
        says="One of your orders has come further.",
        wording=Wording(
            subject="Your order is {{ target }}",
            text="Hello {{ name }},\n\nYour order {{ order }} ({{ kind }}) is {{ target }} now."
            "{% if reason %} Reason: {{ reason }}.{% endif %}",
        ),
        channels=_QUIET,
    ),
)
