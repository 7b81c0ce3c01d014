"""The first page: what one has, what waits, what happened last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as tell, ngettext

from fondaco.console.asking import customer_of
from fondaco.console.money.fields import CUSTOMERS
from fondaco.console.money.operations import Line
from fondaco.console.money.valuing import currencies, value
from fondaco.console.operator.home import show_home
from fondaco.console.pages import SEE_OTHER, Answer, Page, page
from fondaco.kit.access import STAFF, Principal
from fondaco.money import Asset
from fondaco.wallets.actions.currencies import default_asset
from fondaco.wallets.queries.history import list_operations
from fondaco.wallets.queries.requests import list_requests
from fondaco.wallets.queries.wallets import list_balances
from fondaco.wallets.states import RequestState
from fondaco.wallets.types import Balance

RECENT: Final = 8
_REQUESTS: Final = 20
COOKIE: Final = "fondaco-currency"
_YEAR_S: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Alert:
    """Say what waits for somebody, and where he deals with it."""

    kind: str
    text: str | Promise
    url: str
    act: str


@page()
def home(request: HttpRequest, visitor: Principal) -> Answer:
    """Show what one has and what happened last."""
    if visitor.role in STAFF:
        return show_home(request, visitor)
    customer_id = customer_of(visitor)
    balances = list_balances(customer_id=customer_id) if visitor.can("wallets:read") else ()
    recent = list_operations(customer_id=customer_id, limit=RECENT) if balances else None
    balances = shown_balances(balances)
    into, choices = _chosen(request, balances)
    valued = value([one.total for one in balances], into=into)
    return Page(
        "money/home.html",
        {
            "title": tell("Home"),
            "balances": [(one, valued.worth.get(one.total.asset.code)) for one in balances],
            "valued": valued,
            "into": into.code,
            "choices": choices,
            "operations": [Line.of(one) for one in recent.items] if recent else (),
            "alerts": _alerts(visitor),
            "live": "balances",
        },
    )


@page(*CUSTOMERS, methods="POST")
def choose_currency(request: HttpRequest, _visitor: Principal) -> HttpResponse:
    """Remember in this browser in which currency everything is valued."""
    response = HttpResponseRedirect(reverse("console:home"))
    response.status_code = SEE_OTHER
    known = {pair.code for pair in currencies([default_asset()])}
    code = request.POST.get("currency", "")
    if code in known:
        response.set_cookie(COOKIE, code, max_age=_YEAR_S, samesite="Lax", httponly=True)
    return response


def shown_balances(balances: Sequence[Balance]) -> Sequence[Balance]:
    """Leave out currencies of which nothing is left, unless that leaves nothing to show."""
    return [one for one in balances if one.total.minor] or balances


def _chosen(request: HttpRequest, balances: Sequence[Balance]) -> tuple[Asset, list[str]]:
    choices = {one.code: one for one in currencies([default_asset(), *_assets(balances)])}
    wanted = request.COOKIES.get(COOKIE, "")
    return choices.get(wanted, default_asset()), list(choices)


def _assets(balances: Sequence[Balance]) -> list[Asset]:
    return [one.total.asset for one in balances]


def _alerts(visitor: Principal) -> list[Alert]:
    """Say what waits; that an e-mail is not confirmed says the template, which knows the person."""
    if not visitor.can("wallets:read"):
        return []
    customer_id = customer_of(visitor)
    waiting = list_requests(customer_id=customer_id, state=RequestState.ASKED, limit=_REQUESTS)
    count = sum(1 for one in waiting.items if one.payer_id == customer_id)
    if not count:
        return []
    text = ngettext(
        "%(count)d payment request waits for your answer.",
        "%(count)d payment requests wait for your answer.",
        count,
    )
    url = reverse("console:requests")
    return [Alert("info", text % {"count": count}, url, tell("Answer it"))]
