"""Addresses that events are sent to: add, try out, switch on, take away."""

import json
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from fondaco.console.asking import customer_of
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.widgets import LongSelectMultiple
from fondaco.kit.access import Principal
from fondaco.kit.django.audiences import public_types
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.kit.paging import Cursor
from fondaco.webhooks import actions, queries
from fondaco.webhooks.destinations import URL_CHARACTERS_MAX
from fondaco.webhooks.states import DeliveryState
from fondaco.webhooks.types import DELIVERY_PREFIX, ENDPOINT_PREFIX, Endpoint, endpoint_wire

MANAGE: Final = "webhooks:manage"
PER_PAGE: Final = 20
_STATES: Final = (
    {"state": DeliveryState.WAITING.value, "label": gettext_lazy("Waiting")},
    {"state": DeliveryState.DELIVERED.value, "label": gettext_lazy("Delivered")},
    {"state": DeliveryState.FAILED.value, "label": gettext_lazy("Failed")},
    {"state": DeliveryState.CANCELLED.value, "label": gettext_lazy("Cancelled")},
)
_DONE: Final = {
    "disabled": gettext_lazy("Nothing is sent there until you switch it on again."),
    "enabled": gettext_lazy("Events are sent there again."),
    "tested": gettext_lazy("A test message is on its way; its line stands below."),
    "deleted": gettext_lazy("Nothing is sent there any more."),
}


class EndpointForm(Asking):
    """Take where events go, and which."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_CHARACTERS_MAX,
        widget=forms.URLInput(attrs={"inputmode": "url", "placeholder": "https://"}),
        help_text=gettext_lazy("Your server, reachable by HTTPS. It answers 2xx to say thanks."),
    )
    label = forms.CharField(label=gettext_lazy("Name for yourself"), max_length=100, required=False)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        required=False,
        widget=LongSelectMultiple(attrs={"size": 8}),
        help_text=gettext_lazy("None chosen: all events that concern you."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer all types that customers are told of."""
        super().__init__(*args, **kwargs)
        names = sorted(public_types())
        self.fields["types"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]  # a choice field


@page(right=MANAGE, methods="GET HEAD POST")
def endpoints(request: HttpRequest, visitor: Principal) -> Answer:
    """List endpoints, and add one; its secret is shown this once."""
    customer_id = customer_of(visitor)
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.once(visitor, "webhooks.make", lambda: _make(visitor, form.cleaned_data))
        if made is not None:
            return _secret_page(made, gettext("The endpoint is there"))
    shown = {
        "title": gettext("Webhooks"),
        "endpoints": [
            (endpoint_wire(one.id), one) for one in queries.list_endpoints(customer_id=customer_id)
        ],
        "form": form,
        "done": _DONE.get(request.GET.get("done", "")),
    }
    return Page("merchant/webhooks.html", shown, 422 if form.is_bound else 200)


@page(right=MANAGE)
def show(request: HttpRequest, visitor: Principal, endpoint: str) -> Answer:
    """Show one endpoint with the log of what was sent there."""
    return _page(request, visitor, _endpoint(visitor, endpoint))


@page(right=MANAGE, methods="POST")
def test(request: HttpRequest, visitor: Principal, endpoint: str) -> Answer:
    """Send a message that tells nothing."""
    found = _endpoint(visitor, endpoint)

    def send() -> str:
        sent = actions.send_test(
            endpoint_id=found.id, customer_id=customer_of(visitor), by=visitor.actor
        )
        return str(sent.id)

    return _act(request, visitor, found, "tested", send)


@page(right=MANAGE, methods="POST")
def enable(request: HttpRequest, visitor: Principal, endpoint: str) -> Answer:
    """Send events there again, from now on."""
    found = _endpoint(visitor, endpoint)

    def switch() -> str:
        actions.enable_endpoint(
            endpoint_id=found.id, customer_id=customer_of(visitor), by=visitor.actor
        )
        return ""

    return _act(request, visitor, found, "enabled", switch)


@page(right=MANAGE, methods="POST")
def disable(request: HttpRequest, visitor: Principal, endpoint: str) -> Answer:
    """Send nothing there until somebody switches it on again."""
    found = _endpoint(visitor, endpoint)

    def switch() -> str:
        actions.disable_endpoint(
            endpoint_id=found.id, customer_id=customer_of(visitor), by=visitor.actor
        )
        return ""

    return _act(request, visitor, found, "disabled", switch)


@page(right=MANAGE, methods="POST")
def delete(request: HttpRequest, visitor: Principal, endpoint: str) -> Answer:
    """Send nothing there any more."""
    found = _endpoint(visitor, endpoint)
    form = Asking(request.POST)

    def remove() -> str:
        actions.delete_endpoint(
            endpoint_id=found.id, customer_id=customer_of(visitor), by=visitor.actor
        )
        return ""

    if form.once(visitor, f"webhooks.delete.{found.id}", remove) is not None:
        return GoTo(f"{reverse('console:merchant-webhooks')}?done=deleted")
    return _page(request, visitor, found, refused=form)


@page(right=MANAGE, methods="POST")
def rotate(request: HttpRequest, visitor: Principal, endpoint: str) -> Answer:
    """Make a new secret, which is shown this once."""
    found = _endpoint(visitor, endpoint)
    form = Asking(request.POST)

    def issue() -> str:
        issued = actions.rotate_secret(
            endpoint_id=found.id, customer_id=customer_of(visitor), by=visitor.actor
        )
        return _told(issued.endpoint, issued.secret)

    made = form.once(visitor, f"webhooks.rotate.{found.id}", issue)
    if made is not None:
        return _secret_page(made, gettext("The secret is new"), is_new=True)
    return _page(request, visitor, found, refused=form)


def _act(request: HttpRequest, visitor: Principal, found: Endpoint, word: str, act: Any) -> Answer:
    form = Asking(request.POST)
    if form.once(visitor, f"webhooks.{word}.{found.id}", act) is not None:
        there = reverse("console:merchant-webhook", args=(endpoint_wire(found.id),))
        return GoTo(f"{there}?done={word}")
    return _page(request, visitor, found, refused=form)


def _make(visitor: Principal, given: dict[str, Any]) -> str:
    issued = actions.make_endpoint(
        customer_id=customer_of(visitor),
        url=given["url"].strip(),
        types=tuple(given["types"]),
        label=given["label"],
        by=visitor.actor,
    )
    return _told(issued.endpoint, issued.secret)


def _told(endpoint: Endpoint, secret: str) -> str:
    return json.dumps({"endpoint": endpoint_wire(endpoint.id), "secret": secret})


def _secret_page(made: str, title: str, *, is_new: bool = False) -> Page:
    shown = {"title": title, "is_new": is_new, **json.loads(made)}
    return Page("merchant/secret.html", shown)


def _endpoint(visitor: Principal, endpoint: str) -> Endpoint:
    try:
        endpoint_id = decode(ENDPOINT_PREFIX, endpoint)
    except InvalidId:
        raise NotFound from None
    return queries.get_endpoint(endpoint_id=endpoint_id, customer_id=customer_of(visitor))


def _page(
    request: HttpRequest, visitor: Principal, found: Endpoint, *, refused: Asking | None = None
) -> Page:
    after, state = request.GET.get("after"), request.GET.get("state", "")
    page_ = queries.list_deliveries(
        endpoint_id=found.id,
        customer_id=customer_of(visitor),
        state=DeliveryState(state) if state in set(DeliveryState.values) else None,
        after=Cursor.decode(after) if after else None,
        limit=PER_PAGE,
    )
    query = request.GET.copy()
    query.pop("done", None)
    if page_.next:
        query["after"] = str(page_.next)
    shown = {
        "title": found.label or found.url or gettext("Order callbacks"),
        "endpoint": found,
        "wire_id": endpoint_wire(found.id),
        "deliveries": [(encode(DELIVERY_PREFIX, one.id), one) for one in page_.items],
        "older": f"{request.path}?{query.urlencode()}" if page_.next else "",
        "newest": request.path if after else "",
        "states": _STATES,
        "state": state,
        "form": refused or Asking(),
        "done": _DONE.get(request.GET.get("done", "")),
    }
    return Page("merchant/webhook.html", shown, 422 if refused else 200)
