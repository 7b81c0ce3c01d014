"""Every list of the house: narrowed, kept, summed up by currency, and exported as it is seen.

The lists are found in the addresses of the two sections, so that none can be forgotten.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from fondaco.console.desk.urls import urlpatterns as desk
from fondaco.console.operator.urls import urlpatterns as operator
from fondaco.console.tests.desk_cast import desk_house, entered, new_operator, send, text_of
from fondaco.exchange.states import Cover
from fondaco.exchange.tests.cast import Stall, stall
from fondaco.identity.states import CustomerKind, StaffRole
from fondaco.instruments.tests.cast import new_share
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.operators.rights import Right
from fondaco.operators.signed import ADJUST
from fondaco.policies.actions.stops import set_stop
from fondaco.policies.errors import UnderReview
from fondaco.policies.tests.test_fraud import watch
from fondaco.policies.types import Operation, StopScope
from fondaco.signing.tests.cast import band, decide
from fondaco.wallets.actions.cashouts import ask_cash_out
from fondaco.wallets.actions.currencies import account_code
from fondaco.wallets.tests.cast import Person, new_client, new_person, usd
from fondaco.wallets.tests.test_policies import allow, send as send_money
from fondaco.wallets.types import CashOutAsk
from fondaco.webhooks import actions as webhooks

NO_LISTS: Final = {
    "desk": "the way to the other pages",
    "desk-appoint": "a form",
    "desk-explain": "what applies to one operation",
    "desk-formula": "the steps of one formula",
    "desk-fraud-rule-new": "a form",
    "desk-mailing-new": "a form",
    "desk-pair-new": "a form",
    "desk-provider-new": "a form",
    "desk-rule-new": "a form",
    "operator-end-view": "only sent to",
    "operator-search": "leads to one thing",
    "operator-trial": "the sums of all accounts at one instant",
}
"""Pages of the house that list nothing, each with what it is instead."""
EMPTY: Final = {
    "desk-delegations": "nobody signs for anybody else",
    "desk-messages": "nobody was told anything",
    "desk-sources": "a price that is set by hand has none",
    "operator-failing": "each was taken",
    "operator-verifications": "nobody has proved who he is",
}
"""Lists without a row in the house of these tests."""
INSIDE: Final = ("operator-account", "desk-webhook")
"""Lists that stand on the page of one thing."""
_ROWS: Final = re.compile(r'<tbody id="rows">(.*?)</tbody>', re.DOTALL)
_TOTALS: Final = re.compile(r'<ul class="cards totals">(.*?)</ul>', re.DOTALL)
_NEXT: Final = re.compile(r'href="([^"]+)" rel="next"')
_OPTION: Final = re.compile(
    r'<select name="(\w+)"[^>]*>\s*<option[^>]*>[^<]*</option>\s*<option value="([^"]*)"'
)
_MONEY: Final = re.compile(
    r'class="whole">([^<]+)</span><span class="part">([^<]*)</span> <span class="code">([^<]+)<'
)
_LINK: Final = re.compile(r'href="(/console/operator/[^"#?]+)"')


def _names() -> list[str]:
    plain = [str(one.name) for one in (*operator, *desk) if not one.pattern.converters]
    return [name for name in plain if name not in NO_LISTS]


@pytest.fixture(scope="module")
def admin(_own_database: Any) -> Iterator[Client]:
    """Let a master admin into a house in which something of most kinds has happened."""
    with desk_house("lists"), stall("20.00") as shop:
        person = new_person(CustomerKind.CLIENT, "100.00")
        for amount in ("1.50", "2.25"):
            ask = CashOutAsk(
                wallet_id=person.wallet_id, amount=usd(amount), destination="IBAN", comment=""
            )
            ask_cash_out(customer_id=person.customer_id, ask=ask, by=person.actor)
        set_stop(scope=StopScope.CURRENCY, value="JPY", reason="closed", by=SYSTEM)
        made = webhooks.make_endpoint(
            customer_id=person.customer_id,
            url="https://hooks.example.com/in",
            types=(),
            label="Till",
            by=SYSTEM,
        )
        webhooks.send_test(endpoint_id=made.endpoint.id, customer_id=person.customer_id, by=SYSTEM)
        _trade(shop)
        _watch_and_hold()
        new_share("10")
        visitor = entered(new_operator(role=StaffRole.MASTER_ADMIN))
        _propose(visitor, debit="providers:manual:USD", credit=_code_of(person))
        yield visitor


def _trade(shop: Stall) -> None:
    """Have one purchase covered at a venue, and another be the house's own affair."""
    buyer = new_client("100.00")
    shop.buy(buyer, "2")
    shop.work()
    shop.set(Cover.OFF)
    shop.swap(buyer, get=shop.coins("1"))


def _watch_and_hold() -> None:
    """Have one rule look for fraud, and another give a payment to an operator."""
    watch("shared", operation=Operation.MOVEMENT, what="address", window_s=60, customers_max=900)
    payer = new_client("50.00")
    allow(payer, Operation.MOVEMENT, needs_operator=True)
    with pytest.raises(UnderReview):
        send_money(payer, new_client(), "7.00")


def _code_of(person: Person) -> str:
    return account_code(wallet_id=person.wallet.id, asset=person.wallet.balances[0].total.asset)


def _propose(visitor: Client, **accounts: str) -> None:
    """Have an adjustment wait for a signature, and a mailing for its start."""
    new_operator(Right.LEDGER_ADJUST, Right.SIGNING_READ)  # somebody else must be able to sign
    decide(None, ADJUST, band((Right.LEDGER_ADJUST, 1), currency=""))
    told = {"amount": "12.50", "reason": "bank fee of October", "evidence": "statement 10"}
    path = reverse("console:desk-adjustments")
    sent = send(visitor, path, "adjust", **accounts, **told)
    assert sent.status_code == 303, text_of(sent)
    words = {"label": "Autumn", "subject": "News", "text": "Hello {{ unsubscribe_url }}"}
    path = reverse("console:desk-mailing-new")
    sent = send(visitor, path, "make", channel="email", per_minute="1", **words)
    assert sent.status_code == 303, text_of(sent)


def _page(client: Client, path: str, **query: str) -> str:
    answer = client.get(f"{path}?{urlencode(query)}" if query else path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def _shown(client: Client, path: str, **query: str) -> int:
    """Count the rows of all pages that a filter leaves."""
    there: str | None = f"{path}?{urlencode(query)}"
    count = 0
    while there:
        page = _page(client, there)
        inside = page.partition('id="list"')[2]
        count += sum(part.count("<tr>") for part in _ROWS.findall(inside)[:1])
        following = _NEXT.search(inside)
        there = unescape(following[1]) if following else None
    return count


def _exported(client: Client, path: str, **query: str) -> Sequence[dict[str, str]]:
    answer: Any = client.get(f"{path}?{urlencode(query | {'export': 'csv'})}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8", path
    text = b"".join(answer.streaming_content).decode()
    assert text.partition("\r\n")[0], path
    return list(csv.DictReader(io.StringIO(text)))


def _narrowed(page: str) -> dict[str, str]:
    """Fill the filter of a list in, so that it asks for something of each kind of field."""
    found = dict(_OPTION.findall(page))
    if 'name="text"' in page:
        found["text"] = "zz"
    if 'name="from"' in page:
        found["from"] = clock.today().isoformat()
    return found


def _check(client: Client, path: str, *, may_be_empty: bool = False) -> set[str]:
    """Demand everything of one list; gives what was missing."""
    page = _page(client, path)
    everything = dict.fromkeys(re.findall(r'<select name="(\w+)"', page), "")
    is_dated = 'name="from"' in page
    narrowed = _narrowed(page)
    missing = set()
    if 'role="search"' not in page or not narrowed:
        missing.add("filter")
    if "Keep this filter" not in _page(client, path, **narrowed):
        missing.add("saved filters")
    rows = _exported(client, path, **everything)
    if not rows and not may_be_empty:
        missing.add("rows")

    seen = _page(client, path, **everything)
    if rows and "Export as CSV" not in seen:
        missing.add("export")
    if len(rows) != _shown(client, path, **everything):
        missing.add("the same rows")
    if is_dated:
        tomorrow = everything | {"from": "9990-01-01"}
        if _exported(client, path, **tomorrow) or _shown(client, path, **tomorrow):
            missing.add("dates")
    inside = seen.partition('id="list"')[2]
    has_money = any('<span class="money">' in part for part in _ROWS.findall(inside)[:1])
    if has_money and not _TOTALS.search(inside):
        missing.add("totals")
    if has_money and rows and "amount" in rows[0]:
        missing |= _check_sums(rows, _TOTALS.findall(inside)[0])
    return missing


def _check_sums(rows: Sequence[dict[str, str]], totals: str) -> set[str]:
    found: dict[str, Decimal] = {}
    for row in rows:
        if row["amount"] and row.get("step") not in {"hold", "void"}:
            code = row["amount_currency"]
            found[code] = found.get(code, Decimal(0)) + Decimal(row["amount"])
    told = {
        f"{whole.replace(',', '').replace('−', '-')}{part} {code}"
        for whole, part, code in _MONEY.findall(totals)
    }
    wanted = {f"{total:f} {code}" for code, total in found.items()}
    return {f"total {one}" for one in wanted - told}


def test_every_list_is_narrowed_kept_summed_up_and_exported(admin: Client) -> None:
    found = {
        name: _check(admin, reverse(f"console:{name}"), may_be_empty=name in EMPTY)
        for name in _names()
    }
    assert {name: missing for name, missing in found.items() if missing} == {}


def test_lists_inside_pages_are_lists_like_others(admin: Client) -> None:
    above = ("operator-accounts", "desk-webhooks")
    for name, inside in zip(above, INSIDE, strict=True):
        links = _LINK.findall(_page(admin, reverse(f"console:{name}")).partition('id="rows"')[2])
        filled = [link for link in map(unescape, links) if _shown(admin, link)]
        assert filled, name
        assert _check(admin, filled[0]) == set(), inside


def test_pages_that_list_nothing_are_still_there() -> None:
    known = {str(one.name) for one in (*operator, *desk)}
    assert set(NO_LISTS) <= known
