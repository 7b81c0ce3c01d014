"""``/wallets``: open, see, rename, freeze, close; the token and the funding card."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.lifecycle import IllegalMove
from fondaco.wallets import refusals
from fondaco.wallets.actions import cards, tokens, wallets as actions
from fondaco.wallets.api.asking import ask_as, ask_as_owner
from fondaco.wallets.api.balances import BalanceOut
from fondaco.wallets.api.fields import Label, Reference, WalletWireId
from fondaco.wallets.queries import wallets as queries
from fondaco.wallets.states import WalletState
from fondaco.wallets.types import Wallet

router = Router(tags=["wallets"])


class CardOut(Strict):
    """Show what is kept of a funding card."""

    last_four: str
    bank: str


class WalletOut(Strict):
    """Show a wallet to its owner."""

    id: WalletWireId
    token: str = Field(description="Whoever has it, and is a company, can charge this wallet.")
    label: str
    state: WalletState
    balances: list[BalanceOut]
    card: CardOut | None
    created_at: datetime

    @classmethod
    def of(cls, wallet: Wallet) -> "WalletOut":
        """Show a wallet."""
        return cls.model_construct(
            id=wallet.id,
            token=wallet.token,
            label=wallet.label,
            state=wallet.state,
            balances=[BalanceOut.of(balance) for balance in wallet.balances],
            card=CardOut(last_four=wallet.card_last_four, bank=wallet.card_bank)
            if wallet.card_last_four
            else None,
            created_at=wallet.created_at,
        )


class NewWalletIn(Strict):
    """Take the label of a new wallet."""

    label: Label = ""


class LabelIn(Strict):
    """Take another label."""

    label: Label


class CardIn(Strict):
    """Take a card; of its number only the last four digits are kept readable."""

    number: Annotated[Text, Field(max_length=19, examples=["4111111111111111"])]
    bank: Label = ""


class WalletPaging(Paging):
    """Narrow a list of wallets."""

    state: WalletState | None = None


@router.post("", status=201, errors=(refusals.WalletLimitReached,))
@idempotent("wallets.open")
def open_wallet(request: HttpRequest, body: NewWalletIn) -> WalletOut:
    """Open a wallet; a company has one, a client as many as the house allows."""
    asker = ask_as(request, "wallets:manage")
    return WalletOut.of(
        actions.open_wallet(customer_id=asker.customer_id, label=body.label, by=asker.actor)
    )


@router.get("")
def list_wallets(request: HttpRequest, paging: Query[WalletPaging]) -> Listing[WalletOut]:
    """List one's wallets with their balances, newest first."""
    asker = ask_as(request, "wallets:read")
    return paged(
        paging,
        lambda after, limit: queries.list_wallets(
            customer_id=asker.customer_id, state=paging.state, after=after, limit=limit
        ),
        WalletOut.of,
    )


@router.get("/{token}")
def show_wallet(request: HttpRequest, token: Reference) -> WalletOut:
    """Show one of one's wallets with its balances."""
    asker = ask_as(request, "wallets:read")
    return WalletOut.of(
        queries.get_wallet_by_reference(reference=token, customer_id=asker.customer_id)
    )


@router.patch("/{token}")
def rename_wallet(request: HttpRequest, token: Reference, body: LabelIn) -> WalletOut:
    """Give a wallet another label."""
    own = ask_as_owner(request, token, "wallets:manage")
    return WalletOut.of(
        actions.rename_wallet(
            wallet_id=own.wallet_id, customer_id=own.customer_id, label=body.label, by=own.actor
        )
    )


@router.post("/{token}/freeze", errors=(IllegalMove,))
def freeze_wallet(request: HttpRequest, token: Reference) -> WalletOut:
    """Refuse every movement of a wallet until it is unfrozen."""
    own = ask_as_owner(request, token, "wallets:manage")
    return WalletOut.of(
        actions.freeze_wallet(wallet_id=own.wallet_id, customer_id=own.customer_id, by=own.actor)
    )


@router.post("/{token}/unfreeze", errors=(IllegalMove,))
def unfreeze_wallet(request: HttpRequest, token: Reference) -> WalletOut:
    """Let a frozen wallet move money again."""
    own = ask_as_owner(request, token, "wallets:manage")
    return WalletOut.of(
        actions.unfreeze_wallet(wallet_id=own.wallet_id, customer_id=own.customer_id, by=own.actor)
    )


@router.post("/{token}/close", errors=(IllegalMove, refusals.WalletNotEmpty))
def close_wallet(request: HttpRequest, token: Reference) -> WalletOut:
    """Take an empty wallet out of use for ever."""
    own = ask_as_owner(request, token, "wallets:manage")
    return WalletOut.of(
        actions.close_wallet(wallet_id=own.wallet_id, customer_id=own.customer_id, by=own.actor)
    )


@router.post("/{token}/token", errors=(refusals.WalletClosed,))
def rotate_token(request: HttpRequest, token: Reference) -> WalletOut:
    """Replace a wallet's token; the old one opens nothing from now on."""
    own = ask_as_owner(request, token, "wallets:manage")
    return WalletOut.of(
        tokens.rotate_token(wallet_id=own.wallet_id, customer_id=own.customer_id, by=own.actor)
    )


@router.put("/{token}/card")
def set_card(request: HttpRequest, token: Reference, body: CardIn) -> WalletOut:
    """Note the bank card from which a wallet is funded."""
    own = ask_as_owner(request, token, "wallets:manage")
    return WalletOut.of(
        cards.set_card(
            wallet_id=own.wallet_id,
            customer_id=own.customer_id,
            number=body.number,
            bank=body.bank,
            by=own.actor,
        )
    )


@router.delete("/{token}/card")
def remove_card(request: HttpRequest, token: Reference) -> None:
    """Forget the bank card from which a wallet is funded."""
    own = ask_as_owner(request, token, "wallets:manage")
    cards.remove_card(wallet_id=own.wallet_id, customer_id=own.customer_id, by=own.actor)
