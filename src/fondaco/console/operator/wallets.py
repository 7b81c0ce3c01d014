"""A customer's wallet as the house sees it: what it holds, its accounts, and stopping it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fondaco.console.deeds import Deed, ReasonForm, is_refused, perform_or_offer
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import account_url, customer_url, id_from, name_of
from fondaco.console.operator.tones import badge_of
from fondaco.console.pages import Answer, GoTo, Page
from fondaco.identity.queries import get_customer
from fondaco.identity.types import CUSTOMER_PREFIX
from fondaco.kit.access import Principal
from fondaco.kit.ids import decode
from fondaco.operators.rights import Right
from fondaco.wallets.actions import wallets as actions
from fondaco.wallets.actions.currencies import account_code
from fondaco.wallets.queries.accounts import list_holders
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.wallets import get_any_wallet
from fondaco.wallets.states import WALLET_LIFE, WalletState
from fondaco.wallets.types import WALLET, Wallet

RECENT: Final = 25
_DONE: Final = {
    "block": _("The wallet is blocked: its owner cannot lift that."),
    "unblock": _("The wallet can move money again."),
}


def find_holder(reference: str) -> UUID | None:
    """Give the customer who holds a wallet, by its ``wal_…`` identifier."""
    holder = list_holders([reference]).get(reference)
    return decode(CUSTOMER_PREFIX, holder) if holder else None


@staff_page(right=Right.WALLETS_READ, methods="GET HEAD POST")
def wallet(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show a wallet of any customer, never its token."""
    wallet_id = id_from(WALLET, reference)
    shown = get_any_wallet(wallet_id=wallet_id)
    offered = perform_or_offer(request, visitor, _deeds(shown))
    if isinstance(offered, GoTo):
        return offered
    customer = get_customer(shown.customer_id)
    after = request.GET.get("after") or None
    page = list_operations(
        wallet_ids=[shown.id], customer_id=customer.id, after=after, limit=RECENT
    )
    facts: dict[str, Any] = {
        "title": shown.label or _("Wallet"),
        "wallet": shown,
        "badge": badge_of(shown.state),
        "facts": [
            Fact(_("Customer"), name_of(customer), customer_url(customer.id)),
            Fact(_("Opened"), shown.created_at),
            Fact(_("Number"), reference, is_code=True),
        ],
        "accounts": _accounts(shown, visitor),
        "operations": page.items,
        "older": f"{request.path}?after={page.next}" if page.next else "",
        "offered": offered,
        "done": _DONE.get(request.GET.get("done", "")),
    }
    return Page("operator/wallet.html", facts, 422 if is_refused(offered) else 200)


def _accounts(shown: Wallet, visitor: Principal) -> list[tuple[str, str]]:
    if not visitor.can(Right.LEDGER_READ):
        return []
    codes = [account_code(wallet_id=shown.id, asset=one.total.asset) for one in shown.balances]
    return [(code, account_url(code)) for code in codes]


def _deeds(shown: Wallet) -> Iterator[Deed]:
    def blocked(given: Mapping[str, Any], visitor: Principal) -> None:
        actions.block_wallet(wallet_id=shown.id, reason=given["reason"], by=visitor.actor)

    def unblocked(given: Mapping[str, Any], visitor: Principal) -> None:
        actions.unblock_wallet(wallet_id=shown.id, reason=given["reason"], by=visitor.actor)

    if WALLET_LIFE.allows(shown.state, WalletState.BLOCKED):
        yield Deed(
            name="block",
            label=_("Block the wallet"),
            hint=_("Nothing comes or goes until an operator lifts it."),
            right=Right.WALLETS_FREEZE,
            form=ReasonForm,
            act=blocked,
            is_danger=True,
        )
    if shown.state is WalletState.BLOCKED:
        yield Deed(
            name="unblock",
            label=_("Let it move again"),
            right=Right.WALLETS_FREEZE,
            form=ReasonForm,
            act=unblocked,
        )
