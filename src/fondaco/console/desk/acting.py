"""What can be done on a page: each act is a form with a key that works once, and a right of its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.asking import Refused, one_use_key
from fondaco.console.desk import proving
from fondaco.console.desk.showing import Board
from fondaco.console.forms import Asking
from fondaco.console.lists import OperatorList, is_of_list, show_list
from fondaco.console.pages import Answer, GoTo, Page
from fondaco.kit.access import Principal, require
from fondaco.kit.django import idempotency, locks
from fondaco.kit.django.idempotency import Key, KeyReused
from fondaco.kit.errors import DomainError, NotFound

DONE: Final = {
    "saved": gettext_lazy("It is saved and counts from now on."),
    "holds": gettext_lazy("It counts from now on: the house wants no signature for it."),
    "proposed": gettext_lazy("It is proposed. It counts when others have signed it."),
    "set": gettext_lazy("It is stopped. It takes a second until every part of the house knows."),
    "released": gettext_lazy("It is released: what waited goes on."),
    "rejected": gettext_lazy("It is rejected: the money is back where it came from."),
    "suspended": gettext_lazy("The pair is stopped in both directions."),
    "resumed": gettext_lazy("The pair goes again. Its next price is taken as it is."),
    "again": gettext_lazy("It is sent again."),
    "rerun": gettext_lazy("The job runs again as soon as a worker is free."),
    "cancelled": gettext_lazy("It is taken back."),
    "started": gettext_lazy("It has begun."),
    "paused": gettext_lazy("It rests until you start it again."),
    "disabled": gettext_lazy("It is out of use."),
    "dismissed": gettext_lazy("This person is shut out, and every session has ended."),
    "signed": gettext_lazy("You have signed. Other signatures are still missing."),
    "effective": gettext_lazy("You have signed, and it took effect."),
    "refused": gettext_lazy("You have refused it. Nothing of it takes effect."),
    "withdrawn": gettext_lazy("You have taken it back. Nothing of it takes effect."),
    "amended": gettext_lazy("Other terms stand there now. Whoever signed before signs anew."),
    "revoked": gettext_lazy("The delegation has ended."),
    "delegated": gettext_lazy("The other person may sign for you in that time."),
    "paid": gettext_lazy("Everybody who holds a share has it now."),
    "some-left": gettext_lazy(
        "Some wallets take no money now. Do it again later: nobody is paid twice."
    ),
    "rights": gettext_lazy("The rights hold at once; the person logs in again."),
}
_OKAY: Final = 200
_WRONG: Final = 422
_NOT_KEPT: Final = frozenset({"csrfmiddlewaretoken", "key", *proving.FIELDS})
"""What no answer is remembered by: it proves who asks, and says nothing of what for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say where the browser goes when an act is done; a secret is shown on the way, this once."""

    url: str
    done: str = ""
    secret: str = ""

    @property
    def address(self) -> str:
        """Give the address with the word for what was done."""
        if not self.done:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}done={self.done}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Offer one thing that can be done."""

    name: str
    title: str
    button: str
    do: Callable[[Any], Outcome]
    """Do it with the valid form."""
    right: str = ""
    """The permission of the API's operation; empty: it asks for none."""
    form: Callable[..., Asking] = Asking
    lead: str = ""
    tone: str = ""
    initial: Mapping[str, Any] = field(default_factory=dict)
    is_open: bool = False
    """Shown at once rather than behind its title."""
    has_proof: bool = False
    """Asks for a fresh proof that it is the same person at the device."""
    template: str = "console/_form.html"
    trial: str = ""
    """What a second button says that changes nothing (``?try=1``); empty: there is none."""


@dataclass(slots=True)
class Offer:
    """Show an act with its form."""

    act: Act
    form: Asking
    is_open: bool
    is_unproved: bool


@dataclass(slots=True)
class Acted:
    """Give what became of a form, and what is offered on the page."""

    answer: Answer | None
    offers: list[Offer]
    status: int = _OKAY


def act_on(
    request: HttpRequest, visitor: Principal, acts: Sequence[Act], *, is_trial: bool = False
) -> Acted:
    """Do what a form that was sent asks for, and offer what the visitor may do.

    :param is_trial: it changes nothing, so the same page shows what came of it
    :raises NotFound: the form names what cannot be done here now
    :raises Forbidden: the visitor lacks the right for it
    """
    is_sent = request.method == "POST" and not is_of_list(request)
    named = request.POST.get("act", "") if is_sent else None
    offers = [_offer(act, request, visitor, named) for act in acts if _may(visitor, act)]
    if named is None:
        return Acted(None, offers)
    wanted = [act for act in acts if act.name == named]
    if not wanted:
        before = _remembered(request, visitor, named)
        if before is not None:
            return Acted(GoTo(before.address), offers)
        raise NotFound(_("This cannot be done any more. Look at the page again."))
    if not _may(visitor, wanted[0]):
        require(visitor, wanted[0].right)
    (offer,) = (one for one in offers if one.act is wanted[0])
    if is_trial:
        return Acted(None, offers, _OKAY if _tried(offer) else _WRONG)
    done = _done(request, visitor, offer)
    if done is None:
        _renew_key(offer.form)
        return Acted(None, offers, _WRONG)
    if done.secret:
        shown = {"title": offer.act.title, "secret": done.secret, "url": done.url}
        return Acted(Page("desk/secret.html", shown), offers)
    return Acted(GoTo(done.address), offers)


def shown(request: HttpRequest, board: Board, acted: Acted) -> Page:
    """Draw a page with what stands on it and what can be done."""
    facts = {
        "title": board.title,
        "board": board,
        "offers": acted.offers,
        "done": DONE.get(request.GET.get("done", ""), ""),
        **board.more,
    }
    return Page("desk/board.html", facts, acted.status)


def listing(
    request: HttpRequest,
    visitor: Principal,
    listed: OperatorList[Any],
    acts: Sequence[Act] = (),
    **shown: Any,
) -> Answer:
    """Draw a list with what can be done beside it; ``shown`` goes to the template as well.

    :raises NotFound: the form names what cannot be done here now
    :raises Forbidden: the visitor lacks the right for it
    """
    acted = act_on(request, visitor, acts)
    if acted.answer is not None:
        return acted.answer
    shown |= {"offers": acted.offers, "done": DONE.get(request.GET.get("done", ""), "")}
    answer = show_list(request, visitor, listed, template="desk/list.html", **shown)
    if isinstance(answer, Page) and acted.status != _OKAY:
        return replace(answer, status=acted.status)
    return answer


def reading(request: HttpRequest, board: Board) -> Page:
    """Draw a page on which nothing can be done."""
    return shown(request, board, Acted(None, []))


def _may(visitor: Principal, act: Act) -> bool:
    return not act.right or visitor.can(act.right)


def _offer(act: Act, request: HttpRequest, visitor: Principal, named: str | None) -> Offer:
    unproved = act.has_proof and not proving.is_proved(visitor)
    is_asked = named == act.name
    sent = request.POST if is_asked else None
    form = act.form(sent, initial=dict(act.initial), auto_id=f"{act.name}_%s")
    if unproved:
        proving.add_fields(form)
    return Offer(act, form, act.is_open or is_asked, unproved)


def _done(request: HttpRequest, visitor: Principal, offer: Offer) -> Outcome | None:
    form = offer.form
    if not form.is_valid():
        return None
    found: list[Outcome] = []

    def perform() -> Refused | None:
        if offer.is_unproved:
            proving.prove(request, visitor, form)
        answered = _once(request, visitor, offer)
        if isinstance(answered, Outcome):
            found.append(answered)
            return None
        return answered

    form.ask(perform)
    return found[0] if found else None


def _tried(offer: Offer) -> bool:
    form, found = offer.form, []
    if form.is_valid():
        form.ask(lambda: found.append(offer.act.do(form)))
    return bool(found)


def _once(request: HttpRequest, visitor: Principal, offer: Offer) -> Outcome | Refused:
    """Do it, or give what came of it when the form was sent first."""

    def perform() -> idempotency.Answer:
        done = offer.act.do(offer.form)
        told = {"url": done.url, "done": done.done, "secret": done.secret}
        return idempotency.Answer(_OKAY, json.dumps(told).encode())

    key = _key(request, visitor, offer.act.name)
    try:
        answer, _replayed = locks.retrying(
            lambda: idempotency.once(key, perform, refusal=_write_refusal)
        )
    except KeyReused:
        told = _(
            "You sent this form before with other values. Look what it did, then send it again."
        )
        return Refused(told, None)
    stored = json.loads(answer.body)
    return Outcome(**stored) if answer.status == _OKAY else Refused(**stored)


def _remembered(request: HttpRequest, visitor: Principal, named: str) -> Outcome | None:
    """Give what the same form came to when it was sent first, though it can be done no more by now."""
    key = _key(request, visitor, named)
    with connection.cursor() as cursor:
        known = idempotency.find(cursor, [key]).get(key.digest)
    if known is None or known.fingerprint != key.fingerprint or known.answer.status != _OKAY:
        return None
    return Outcome(**json.loads(known.answer.body))


def _key(request: HttpRequest, visitor: Principal, named: str) -> Key:
    asked = sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_KEPT)
    return Key.make(
        scope=str(visitor.actor),
        operation=f"console.{request.path}:{named}",
        key=request.POST.get("key", ""),
        body=json.dumps(asked).encode(),
    )


def _write_refusal(error: DomainError) -> idempotency.Answer:
    body = json.dumps({"detail": error.detail, "field": error.field})
    return idempotency.Answer(error.kind.value, body.encode())


def _renew_key(form: Asking) -> None:
    """Give a refused form another key: what is mended is another try."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["key"] = one_use_key()
    form.data = data
