"""One message: what was sent, what was answered, and sending it again."""

import json
from http import HTTPStatus

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from fondaco.console.asking import customer_of
from fondaco.console.forms import Asking
from fondaco.console.merchant.endpoints import MANAGE
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.kit.access import Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.webhooks import actions, queries
from fondaco.webhooks.types import DELIVERY_PREFIX, Delivery, endpoint_wire


@page(right=MANAGE)
def show(request: HttpRequest, visitor: Principal, delivery: str) -> Answer:
    """Show what was sent, and how each try went."""
    return _page(_delivery(visitor, delivery), Asking(), done=request.GET.get("done", ""))


@page(right=MANAGE, methods="POST")
def resend(request: HttpRequest, visitor: Principal, delivery: str) -> Answer:
    """Send it again, with tries of its own."""
    found = _delivery(visitor, delivery)
    form = Asking(request.POST)

    def again() -> str:
        actions.resend(delivery_id=found.id, customer_id=customer_of(visitor), by=visitor.actor)
        return ""

    if form.once(visitor, f"webhooks.resend.{found.id}", again) is not None:
        there = reverse("console:merchant-delivery", args=(encode(DELIVERY_PREFIX, found.id),))
        return GoTo(f"{there}?done=resent")
    return _page(found, form, status=422)


def _delivery(visitor: Principal, delivery: str) -> Delivery:
    try:
        delivery_id = decode(DELIVERY_PREFIX, delivery)
    except InvalidId:
        raise NotFound from None
    return queries.get_delivery(delivery_id=delivery_id, customer_id=customer_of(visitor))


def _page(found: Delivery, form: Asking, *, done: str = "", status: int = HTTPStatus.OK) -> Page:
    shown = {
        "title": gettext("Message"),
        "delivery": found,
        "wire_id": encode(DELIVERY_PREFIX, found.id),
        "endpoint": endpoint_wire(found.endpoint_id),
        "body": json.dumps(json.loads(found.body), indent=2, ensure_ascii=False),
        "tries": queries.list_attempts(delivery_id=found.id),
        "form": form,
        "done": done,
    }
    return Page("merchant/delivery.html", shown, status)
