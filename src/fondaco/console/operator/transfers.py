"""One transfer: both sides, what was posted together with it, and its proof."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy as _

from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import account_url, id_from, order_url, transfer_url
from fondaco.console.pages import Answer, Page
from fondaco.console.templatetags.console import kind as kind_in_words
from fondaco.kit.access import Principal
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import encode
from fondaco.ledger import queries
from fondaco.ledger.types import (
    TRANSFER_PREFIX,
    Account,
    AccountId,
    EntryFilter,
    PostedTransfer,
    TransferId,
)
from fondaco.money import Money
from fondaco.operators.rights import Right
from fondaco.orders.queries import get_orders
from fondaco.proofs.queries.seals import prove_transfer
from fondaco.proofs.shapes import ProofOut

_AN_INSTANT: Final = timedelta(microseconds=1)
_TOGETHER_MAX: Final = 200


@staff_page(right=Right.LEDGER_READ)
def transfer(request: HttpRequest, _visitor: Principal, reference: str) -> Answer:
    """Show a transfer; with ``proof`` the file by which anybody can check it."""
    transfer_id = TransferId(id_from(TRANSFER_PREFIX, reference))
    if "proof" in request.GET:
        return _proof_file(transfer_id)
    shown = queries.get_transfer(transfer_id=transfer_id)
    accounts = queries.get_accounts([shown.debit, shown.credit])
    facts: dict[str, Any] = {
        "title": kind_in_words(shown.kind),
        "amount": Money(shown.amount, accounts[shown.debit].asset),
        "step": shown.step.value,
        "sides": [
            (_("Debit"), *_side(accounts[shown.debit], shown.debit_version, shown.debit_balance)),
            (
                _("Credit"),
                *_side(accounts[shown.credit], shown.credit_version, shown.credit_balance),
            ),
        ],
        "facts": list(_facts(shown)),
        "together": _together(shown),
        "wire_id": reference,
        **_seal(transfer_id),
    }
    return Page("operator/transfer.html", facts)


def _side(account: Account, version: int, balance: int) -> tuple[str, str, int, Money]:
    return account.code, account_url(account.code), version, Money(balance, account.asset)


def _facts(shown: PostedTransfer) -> Iterator[Fact]:
    yield Fact(_("When"), shown.at)
    yield Fact(_("By"), shown.actor)
    if shown.memo:
        yield Fact(_("Note"), shown.memo)
    if shown.hold_id is not None:
        yield Fact(_("Of the hold"), _wire(shown.hold_id), transfer_url(shown.hold_id))
    if shown.expires_at is not None:
        yield Fact(_("Runs out"), shown.expires_at)
    if shown.reference is not None:
        found = get_orders([shown.reference]).get(shown.reference)
        if found is None:
            yield Fact(_("Reference"), str(shown.reference), is_code=True)
        else:
            yield Fact(_("Order"), found.wire_id, order_url(found.id))
    for name, value in shown.metadata.items():
        yield Fact(name, value if isinstance(value, str) else json.dumps(value))
    yield Fact(_("Number"), _wire(shown.id), is_code=True)


def _together(shown: PostedTransfer) -> Sequence[tuple[str, str, Money]]:
    """Give the other transfers of the group, which were all posted or none of them."""
    if shown.group_id is None:
        return ()
    chosen = EntryFilter(since=shown.at, until=shown.at + _AN_INSTANT, succeeded=True)
    entries = queries.list_entries(
        account_ids=[AccountId(shown.debit), AccountId(shown.credit)],
        chosen=chosen,
        limit=_TOGETHER_MAX,
    )
    others = {
        one.transfer_id: one
        for one in entries.items
        if one.group_id == shown.group_id and one.transfer_id != shown.id
    }
    assets = {
        number: account.asset
        for number, account in queries.get_accounts({one.debit for one in others.values()}).items()
    }
    return [
        (
            kind_in_words(one.kind),
            transfer_url(one.transfer_id),
            Money(one.amount, assets[one.debit]),
        )
        for one in others.values()
    ]


def _seal(transfer_id: TransferId) -> dict[str, Any]:
    try:
        proof = prove_transfer(transfer_id=transfer_id)
    except DomainError as refusal:
        return {"unproved": refusal.detail}
    return {
        "proof": [
            Fact(_("Block"), f"{proof.seal.number:,}"),
            Fact(_("Sealed"), proof.seal.sealed_at),
            Fact(
                _("Place in the block"),
                gettext("%(place)s of %(size)s")
                % {"place": f"{proof.index + 1:,}", "size": f"{proof.size:,}"},
            ),
            Fact(_("The block's hash"), proof.seal.hash.hex(), is_code=True),
        ]
    }


def _proof_file(transfer_id: TransferId) -> HttpResponse:
    proof = ProofOut.of(prove_transfer(transfer_id=transfer_id))
    response = HttpResponse(
        proof.model_dump_json(by_alias=True, indent=2), content_type="application/json"
    )
    response["Content-Disposition"] = f'attachment; filename="proof-{_wire(transfer_id)}.json"'
    return response


def _wire(transfer_id: Any) -> str:
    return encode(TRANSFER_PREFIX, transfer_id)
