"""The operator's home: money in and out, obligations against funds, what waits, and what is not well."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _, ngettext

from fondaco.console.lists.described import Label
from fondaco.console.operator.naming import address_of
from fondaco.console.pages import Page
from fondaco.exchange.queries.covers import list_batches
from fondaco.exchange.states import BatchState
from fondaco.exchange.types import OrderKindName
from fondaco.journal.queries.transfers import sum_by_kind
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.django import job_store, readers
from fondaco.kit.django.job_store import JobStatus
from fondaco.kit.django.tallies import tally
from fondaco.kyc.queries import verifications_in_review
from fondaco.market.queries.pairs import list_pairs
from fondaco.money import Asset, Money
from fondaco.operators.queries import list_platform_totals
from fondaco.operators.rights import Right
from fondaco.orders.queries import list_orders
from fondaco.orders.states import OrderState
from fondaco.orders.types import OrderFilter
from fondaco.policies import book
from fondaco.policies.queries.risk import cases_waiting
from fondaco.signing.queries import list_waiting
from fondaco.signing.shapes import person_of
from fondaco.wallets.actions import cashouts
from fondaco.wallets.types import TransferKind
from fondaco.webhooks.queries import endpoints_failing

MANY: Final = 99
"""So many are counted; beyond, it is only said that there are more."""
LAG_MAX_S: Final = 60
"""Events that are older and unread are worth an operator's look."""
PERIODS: Final = ((1, _("Today")), (7, _("7 days")), (30, _("30 days")))


@dataclass(frozen=True, slots=True)
class Queue:
    """Show how much waits, and where."""

    label: Label
    count: int
    url: str

    @property
    def text(self) -> str:
        """Write the number."""
        return f"{MANY}+" if self.count > MANY else str(self.count)


@dataclass(frozen=True, slots=True)
class Flow:
    """Show what came in and went out of one currency in a period."""

    brought: Money
    paid: Money

    @property
    def left(self) -> Money:
        """Give what stayed."""
        return self.brought - self.paid


def show_home(request: HttpRequest, visitor: Principal) -> Page:
    """Show what an operator should see first, as far as his rights go."""
    asked = request.GET.get("days", "")
    days = next((number for number, _label in PERIODS if str(number) == asked), PERIODS[0][0])
    facts: dict[str, Any] = {
        "title": _("Home"),
        "days": days,
        "periods": [(number, label, number == days) for number, label in PERIODS],
        "alerts": list(_alerts(visitor)),
        "queues": list(_queues(visitor)),
        "is_reading_books": visitor.can(Right.LEDGER_READ),
        "can_search": visitor.can(Right.CUSTOMERS_READ),
    }
    if visitor.can(Right.LEDGER_READ):
        facts["flows"] = _flows(days)
        facts["totals"] = list_platform_totals()
    return Page("operator/home.html", facts)


def _flows(days: int) -> Sequence[Flow]:
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=days - 1)
    kinds = (TransferKind.TOP_UP.value, TransferKind.CASH_OUT.value)
    sums = sum_by_kind(kinds=kinds, since=since)
    brought, paid = ({one.moved.asset: one.moved for one in sums[kind]} for kind in kinds)
    assets: list[Asset] = sorted(brought.keys() | paid.keys(), key=lambda asset: asset.code)
    return [
        Flow(brought.get(asset, Money.zero(asset)), paid.get(asset, Money.zero(asset)))
        for asset in assets
    ]


def _queues(visitor: Principal) -> Iterator[Queue]:
    """Give the queues that the visitor may look into."""
    limit = MANY + 1
    held = _held_orders(visitor)
    orders = reverse("console:operator-orders")
    headers: Sequence[tuple[Right, Label, str, set[str]]] = (
        (Right.WALLETS_READ, _("Cash-outs to pay"), f"kind={cashouts.KIND}", {cashouts.KIND}),
        (Right.EXCHANGE_READ, _("Orders held"), "", {kind.value for kind in OrderKindName}),
    )
    for right, label, query, kinds in headers:
        if visitor.can(right):
            waiting = f"{query}&" if query else ""
            url = f"{orders}?{waiting}state={OrderState.WAITING_FOR_OPERATOR.value}"
            yield Queue(label, sum(held[kind] for kind in kinds), url)
    many = _tally(visitor)
    counted: Sequence[tuple[Right, Label, str, Callable[[], int]]] = (
        (
            Right.RISK_READ,
            _("Fraud cases"),
            address_of("desk-risk"),
            lambda: many["cases"],
        ),
        (
            Right.CUSTOMERS_READ,
            _("Verifications"),
            f"{reverse('console:operator-verifications')}?state=in_review",
            lambda: many["verifications"],
        ),
        (
            Right.EXCHANGE_READ,
            _("Batches that are stuck"),
            f"{reverse('console:operator-batches')}?state=waiting_for_operator",
            lambda: len(list_batches(state=BatchState.WAITING_FOR_OPERATOR, limit=limit).items),
        ),
        (
            Right.JOBS_READ,
            _("Failed jobs"),
            address_of("desk-jobs"),
            lambda: len(
                job_store.page_jobs(status=JobStatus.FAILED, after=None, limit=limit).items
            ),
        ),
        (
            Right.CUSTOMERS_READ,
            _("Failing webhooks"),
            reverse("console:operator-failing"),
            lambda: many["endpoints"],
        ),
    )
    for right, label, url, count in counted:
        if visitor.can(right):
            yield Queue(label, count(), url)
    waiting_for_me = list_waiting(person=person_of(visitor), at=clock.now())
    yield Queue(_("Waiting for my signature"), len(waiting_for_me), address_of("desk-signatures"))


def _tally(visitor: Principal) -> Mapping[str, int]:
    """Count what waits in several domains by one statement, as far as the visitor's rights go."""
    rows: dict[str, QuerySet[Any]] = {}
    if visitor.can(Right.RISK_READ):
        rows["cases"] = cases_waiting()
    if visitor.can(Right.CUSTOMERS_READ):
        rows["verifications"] = verifications_in_review()
        rows["endpoints"] = endpoints_failing()
    return tally(rows, most=MANY + 1)


def _held_orders(visitor: Principal) -> Counter[str]:
    if not (visitor.can(Right.WALLETS_READ) or visitor.can(Right.EXCHANGE_READ)):
        return Counter()
    narrow = OrderFilter(state=OrderState.WAITING_FOR_OPERATOR)
    return Counter(order.kind for order in list_orders(narrow=narrow, limit=MANY + 1).items)


def _alerts(visitor: Principal) -> Iterator[tuple[str, str, str]]:
    """Give what is not well: the sentence, where to look, and what stands on the way there."""
    stops = book.current().stops
    if stops and visitor.can(Right.POLICIES_READ):
        told = ngettext("%d stop is in force.", "%d stops are in force.", len(stops)) % len(stops)
        yield told, address_of("desk-stops"), gettext("Stops")
    suspended = sorted(pair.name for pair in list_pairs() if pair.is_suspended)
    if suspended and visitor.can(Right.MARKET_READ):
        told = gettext("Suspended pairs: %s.") % ", ".join(suspended[:10])
        yield told, address_of("desk-pairs"), gettext("Pairs")
    lag = readers.lag_s()
    if lag > LAG_MAX_S:
        told = gettext("Events wait unread for %d minutes. Is the worker running?") % (lag // 60)
        yield told, "/status", gettext("Status")
