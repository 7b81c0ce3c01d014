"""What one was told, and what one wants to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.identity import queries as people
from fondaco.kit.access import Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode
from fondaco.kit.paging import Cursor
from fondaco.notifications import actions, catalogue, queries
from fondaco.notifications.states import PERSONAL, Channel
from fondaco.notifications.types import MESSAGE_PREFIX, Topic, Wish, message_wire

PER_PAGE: Final = 20
_TOPICS: Final[dict[Topic, Promise]] = {
    Topic.PAYMENTS: said("Payments"),
    Topic.ORDERS: said("Orders"),
    Topic.STATEMENTS: said("Statements"),
    Topic.NEWS: said("News"),
    Topic.ACCOUNT: said("Your account"),
    Topic.SECURITY: said("Your safety"),
    Topic.HOUSE: said("The house"),
}
_CHANNELS: Final[dict[Channel, Promise]] = {
    Channel.EMAIL: said("E-mail"),
    Channel.SMS: said("Text message"),
    Channel.TELEGRAM: said("Telegram"),
    Channel.SLACK: said("Slack"),
    Channel.IN_APP: said("Here"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Show a notice with what is wanted by each channel."""

    says: str
    wishes: Sequence[tuple[Promise, Wish]]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Show the notices of a topic."""

    label: str | Promise
    rows: Sequence[Row]


@page()
def inbox(request: HttpRequest, visitor: Principal) -> Answer:
    """List what one was told, newest first."""
    is_unread = request.GET.get("show") == "unread"
    after = request.GET.get("after", "")
    found = queries.list_inbox(
        user_id=visitor.user_id,
        is_unread=is_unread,
        after=Cursor.decode(after) if after else None,
        limit=PER_PAGE,
    )
    older = request.GET.copy()
    older["after"] = found.next or ""
    shown = {
        "title": gettext("Notifications"),
        "messages": [(message_wire(one.id), one) for one in found.items],
        "is_unread": is_unread,
        "unread": queries.count_unread(user_id=visitor.user_id),
        "older": f"{request.path}?{older.urlencode()}" if found.next else "",
        "done": request.GET.get("done"),
    }
    return Page("self/notifications.html", shown)


@page(methods="POST")
def read_all(request: HttpRequest, visitor: Principal) -> Answer:
    """Mark everything as read."""
    del request
    actions.read_all(user_id=visitor.user_id)
    return GoTo(f"{reverse('console:notifications')}?done=read")


@page(methods="POST")
def read_one(request: HttpRequest, visitor: Principal, message: str) -> Answer:
    """Mark one thing as read."""
    del request
    actions.read(message_id=_message_id(message), user_id=visitor.user_id)
    return GoTo(reverse("console:notifications"))


@page(methods="GET HEAD POST")
def preferences(request: HttpRequest, visitor: Principal) -> Answer:
    """Say for each notice by which channels one is told."""
    user = people.get_user(visitor.user_id)
    wishes = queries.list_wishes(user=user)
    form = Asking(request.POST or None)
    if request.method == "POST" and form.is_valid():
        changes = _changes(request, wishes)
        done = form.ask(
            lambda: actions.change_wishes(
                user_id=visitor.user_id, changes=changes, by=visitor.actor
            )
        )
        if done is None:
            return GoTo(f"{request.path}?done=saved")
    shown = {
        "title": gettext("What you are told"),
        "form": form,
        "chapters": _chapters(wishes),
        "channels": [_CHANNELS[channel] for channel in PERSONAL],
        "done": request.GET.get("done"),
    }
    return Page("self/preferences.html", shown, 422 if form.is_bound else 200)


def _changes(request: HttpRequest, wishes: Sequence[Wish]) -> list[tuple[str, Channel, bool]]:
    """Give what differs from before; what cannot be switched off is not asked."""
    ticked = set(request.POST.getlist("wish"))
    return [
        (one.notice, one.channel, wanted)
        for one in wishes
        if not one.is_fixed
        and (wanted := f"{one.notice}:{one.channel.value}" in ticked) != one.is_on
    ]


def _chapters(wishes: Sequence[Wish]) -> list[Chapter]:
    rows: dict[str, list[Wish]] = {}
    for wish in wishes:
        rows.setdefault(wish.notice, []).append(wish)
    found: dict[Topic, list[Row]] = {}
    for name, mine in rows.items():
        notice = catalogue.NOTICES[name]
        shown = [(_CHANNELS[one.channel], one) for one in mine]
        found.setdefault(notice.topic, []).append(Row(gettext(notice.says), shown))
    return [Chapter(_TOPICS[topic], found[topic]) for topic in _TOPICS if topic in found]


def _message_id(text: str) -> UUID:
    try:
        return decode(MESSAGE_PREFIX, text)
    except InvalidId:
        raise NotFound from None
