"""Customers: the list, and one with his people, wallets, orders, verifications and what may be done."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fondaco.console import viewing
from fondaco.console.deeds import is_refused, perform_or_offer
from fondaco.console.lists import (
    Asked,
    Badge,
    Choice,
    Column,
    OperatorList,
    page_by_cursor,
    show_list,
)
from fondaco.console.operator.customer_deeds import DONE, deeds_of
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import customer_url, id_from, name_of, wallet_url
from fondaco.console.operator.order_deeds import seen_kinds
from fondaco.console.operator.tones import badge_of
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.templatetags.console import words
from fondaco.credentials.actions import resets
from fondaco.identity import queries
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import CUSTOMER_PREFIX, Customer, CustomerFilter, Group, Member
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.paging import Page as Rows
from fondaco.kyc.queries import list_verifications
from fondaco.operators.rights import Right
from fondaco.orders.kinds import kinds
from fondaco.orders.queries import list_orders
from fondaco.orders.types import OrderFilter
from fondaco.wallets.queries.wallets import list_wallets

RECENT: Final = 5
_DISABLED: Final = "disabled"


def _group_options() -> list[tuple[str, str]]:
    return [(str(group.id), group.name) for group in queries.list_groups()]


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Customer]:
    kind, level, group = asked.get("kind"), asked.get("level"), asked.get("group")
    standing = asked.get("standing")
    return queries.list_customers(
        kind=CustomerKind(kind) if kind else None,
        text=asked.text,
        narrow=CustomerFilter(
            level=Level(level) if level else None,
            group_id=UUID(group) if group else None,
            is_disabled=None if standing is None else standing == _DISABLED,
            since=asked.since,
            until=asked.until,
        ),
        after=page_by_cursor(after),
        limit=limit,
    )


def standing_of(customer: Customer) -> Badge:
    """Show whether a customer may come in."""
    if customer.closed_at is not None:
        return Badge(_("closed"))
    if customer.disabled_at is not None:
        return Badge(_("disabled"), "bad")
    return Badge(_("active"), "good")


def level_badge(level: Level) -> Badge:
    """Show how far a customer has proved who he is."""
    return Badge(_(words(level)), "" if level is Level.NOT_VERIFIED else "good")


CUSTOMERS: Final = OperatorList[Customer](
    name="customers",
    title=_("Customers"),
    columns=(
        Column("name", _("Name"), name_of, link=lambda one: customer_url(one.id)),
        Column("kind", _("Kind"), lambda one: _(words(one.kind))),
        Column("level", _("Level"), lambda one: level_badge(one.level)),
        Column("standing", _("Standing"), standing_of),
        Column("since", _("Since"), lambda one: one.created_at),
        Column("number", _("Number"), lambda one: one.wire_id),
    ),
    fetch=_fetch,
    choices=(
        Choice("kind", _("Kind"), [(one.value, _(words(one.value))) for one in CustomerKind]),
        Choice("level", _("Level"), [(one.value, _(words(one.value))) for one in Level]),
        Choice("group", _("Group"), _group_options),
        Choice("standing", _("Standing"), [("active", _("active")), (_DISABLED, _("disabled"))]),
    ),
    searched=_("Name or e-mail"),
    empty=_("Nobody has signed up yet."),
)


@staff_page(right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def customers(request: HttpRequest, visitor: Principal) -> Answer:
    """List customers."""
    return show_list(request, visitor, CUSTOMERS)


@staff_page(right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def customer(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show a customer as the house sees him."""
    shown = queries.get_customer(id_from(CUSTOMER_PREFIX, reference))
    members = queries.list_memberships(customer_id=shown.id)
    is_grouped = shown.group_id is not None or visitor.can(Right.CUSTOMERS_GROUP)
    groups = queries.list_groups() if is_grouped else []
    may_reset = visitor.can(Right.CUSTOMERS_FACTOR)
    has_factor = any(member.user.second_factor_at is not None for member in members)
    open_resets = resets.list_open() if may_reset and has_factor else []
    offered = perform_or_offer(request, visitor, deeds_of(shown, members, groups, open_resets))
    if isinstance(offered, GoTo):
        return offered
    facts: dict[str, Any] = {
        "title": name_of(shown),
        "customer": shown,
        "standing": standing_of(shown),
        "facts": list(_facts(shown, groups)),
        "members": members,
        "sessions": queries.list_customer_sessions(customer_id=shown.id, live_at=clock.now()),
        "people": {member.user.id: _called(member) for member in members},
        "verifications": [
            (one, badge_of(one.state))
            for one in list_verifications(customer_id=shown.id, limit=RECENT).items
        ],
        "offered": offered,
        "done": DONE.get(request.GET.get("done", "").partition("-")[0]),
        **_money(shown, visitor),
    }
    return Page("operator/customer.html", facts, 422 if is_refused(offered) else 200)


def _money(shown: Customer, visitor: Principal) -> dict[str, Any]:
    """Give wallets and the latest orders, as far as the visitor may see them."""
    found: dict[str, Any] = {}
    if visitor.can(Right.WALLETS_READ):
        wallets = list_wallets(customer_id=shown.id).items
        found["wallets"] = [(one, wallet_url(one.id), badge_of(one.state)) for one in wallets]
    seen = seen_kinds(visitor, frozenset(kinds()))
    if seen:
        recent = list_orders(customer_id=shown.id, narrow=OrderFilter(kinds=seen), limit=RECENT)
        found["orders"] = [(one, badge_of(one.state)) for one in recent.items]
    return found


def _facts(shown: Customer, groups: list[Group]) -> Iterator[Fact]:
    names = {group.id: group.name for group in groups}
    yield Fact(_("Kind"), _(words(shown.kind)))
    yield Fact(_("Level"), level_badge(shown.level))
    yield Fact(_("Group"), names.get(shown.group_id) if shown.group_id else _("none"))
    if shown.url:
        yield Fact(_("Site"), shown.url)
    yield Fact(_("Since"), shown.created_at)
    if shown.disabled_at:
        yield Fact(_("Disabled since"), shown.disabled_at)
    if shown.closed_at:
        yield Fact(_("Closed since"), shown.closed_at)
    yield Fact(_("Number"), shown.wire_id, is_code=True)


def _called(member: Member) -> str:
    user = member.user
    full = f"{user.first_name} {user.last_name}".strip()
    return full or user.email or user.phone or user.username or user.wire_id


@page(methods="POST", is_own=True)
def end_view(_request: HttpRequest, visitor: Principal) -> Answer:
    """End seeing pages as a customer."""
    customer_id = viewing.end(visitor=visitor)
    return GoTo(customer_url(customer_id) if customer_id else reverse("console:home"))
