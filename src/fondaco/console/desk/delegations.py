"""Who signs for whom for a while, and who signs what in the house."""

import json
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from pydantic import TypeAdapter, ValidationError

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import NOTE_MAX, text
from fondaco.console.desk.proposing import proposed
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Way,
    as_badge,
    columns,
    lines,
    quiet,
    read_id,
    short,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Badge, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, words
from fondaco.identity.queries import list_staff
from fondaco.identity.states import StaffRole
from fondaco.identity.types import USER_PREFIX, user_wire
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import decode, encode
from fondaco.ledger.queries import find_asset
from fondaco.money import InvalidAmount, Money
from fondaco.signing import actions, queries
from fondaco.signing.actions.policies import GROUP
from fondaco.signing.effects import effects
from fondaco.signing.shapes import person_of
from fondaco.signing.types import DELEGATION_PREFIX, Band, Delegation, NewDelegation, Policy

_READ: Final = "signing:read"
_BANDS_MAX: Final = 20_000
_BANDS: Final[TypeAdapter[tuple[Band, ...]]] = TypeAdapter(tuple[Band, ...])
_MINUTES: Final = "%Y-%m-%dT%H:%M"
_STANDINGS: Final = {
    "holds": (gettext_lazy("holds"), "good"),
    "to_come": (gettext_lazy("to come"), "warn"),
    "over": (gettext_lazy("over"), ""),
    "ended": (gettext_lazy("ended"), ""),
}


class DelegateForm(Asking):
    """Take who may sign for oneself, when, and what."""

    delegate = forms.ChoiceField(label=gettext_lazy("Who may sign for me"))
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MINUTES),
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MINUTES),
    )
    actions = forms.MultipleChoiceField(
        label=gettext_lazy("Only for"),
        required=False,
        help_text=gettext_lazy("None chosen: for everything."),
        widget=forms.CheckboxSelectMultiple,
    )
    amount = text(
        gettext_lazy("At most this amount"),
        longest=42,
        required=False,
        help_text=gettext_lazy("Empty: any amount."),
    )
    currency = text(gettext_lazy("Currency of the amount"), longest=33, required=False)
    reason = text(gettext_lazy("Why"), longest=NOTE_MAX, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form with the house's people and what they sign."""
        super().__init__(*args, **kwargs)
        people = [
            (one.wire_id, names.name_of(one))
            for one in list_staff()
            if one.disabled_at is None and one.staff_role is not StaffRole.AUDITOR
        ]
        self.fields["delegate"].choices = people  # type: ignore[attr-defined]  # a ChoiceField
        kinds = [(kind, words(kind.replace(".", ": "))) for kind in sorted(effects())]
        self.fields["actions"].choices = kinds  # type: ignore[attr-defined]  # a ChoiceField

    def to_ask(self) -> NewDelegation:
        """Give what is asked.

        :raises InvalidField: the cap cannot be read
        """
        given = self.cleaned_data
        return NewDelegation(
            delegate_id=decode(USER_PREFIX, given["delegate"]),
            starts_at=given["starts_at"].replace(tzinfo=UTC),
            ends_at=given["ends_at"].replace(tzinfo=UTC),
            actions=tuple(given["actions"]),
            cap=self._cap(given["amount"].strip(), given["currency"].strip().upper()),
            reason=given["reason"],
        )

    def _cap(self, amount: str, currency: str) -> Money | None:
        if not amount:
            return None
        asset = find_asset(code=currency)
        if asset is None:
            raise InvalidField(_("Name a currency that the house knows."), field="currency")
        try:
            return Money.parse(amount, asset)
        except InvalidAmount as error:
            raise InvalidField(f"{str(error).capitalize()}.", field="amount") from None


class PolicyForm(Asking):
    """Take who shall sign an action."""

    bands = forms.CharField(
        label=gettext_lazy("Bands"),
        max_length=_BANDS_MAX,
        required=False,
        help_text=gettext_lazy(
            "One band for each range of amounts: currency, low, high, and its stages with the right "
            "that signs and how many people. Empty: as the platform says by itself."
        ),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def clean_bands(self) -> tuple[Band, ...]:
        """Read the bands."""
        try:
            return _BANDS.validate_json(self.cleaned_data["bands"].strip() or "[]")
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise forms.ValidationError(f"{place}: {first['msg']}") from None


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """Show a delegation with the names of both."""

    delegation: Delegation
    whose: str
    who: str


def list_of(visitor: Principal) -> OperatorList[DelegationRow]:
    """Describe who may sign for somebody, and for whom he may."""

    def read(asked: Asked) -> list[DelegationRow]:
        known = names.staff_names()
        found = queries.list_delegations(person=person_of(visitor))
        pairs = [(one, user_wire(one.delegator_id), user_wire(one.delegate_id)) for one in found]
        return [
            DelegationRow(one, names.known_as(whose, known), names.known_as(who, known))
            for one, whose, who in pairs
            if asked.get("state") in {None, _standing(one)}
        ]

    return OperatorList(
        name="delegations",
        title=_("Who signs for whom"),
        fetch=held_rows(read, at=lambda row: row.delegation.starts_at),
        columns=(
            Column("whose", _("Whose authority"), lambda row: row.whose, link=_url),
            Column("who", _("Who signs"), lambda row: row.who),
            Column("what", _("For"), lambda row: _what(row.delegation)),
            Column("cap", _("At most"), lambda row: _cap(row.delegation)),
            Column("from", _("From"), lambda row: row.delegation.starts_at),
            Column("until", _("Until"), lambda row: row.delegation.ends_at),
            Column("state", _("State"), lambda row: _badge(row.delegation)),
        ),
        choices=(
            Choice("state", _("State"), [(name, word) for name, (word, _t) in _STANDINGS.items()]),
        ),
        empty=_("Nobody signs for you, and you sign for nobody else."),
    )


def _url(row: DelegationRow) -> str:
    wire = encode(DELEGATION_PREFIX, row.delegation.id)
    return reverse("console:desk-delegation", args=(wire,))


@page(*STAFF, methods="GET HEAD POST")
def delegations(request: HttpRequest, visitor: Principal) -> Answer:
    """Show who may sign for oneself and for whom one may, and let somebody."""
    person = person_of(visitor)

    def delegate(form: DelegateForm) -> Outcome:
        actions.delegate(ask=form.to_ask(), by=person)
        return Outcome(request.path, "delegated")

    now = clock.now()
    act = Act(
        name="delegate",
        title=_("Let somebody sign for me"),
        button=_("Delegate"),
        lead=_("It holds for that time alone, and cannot be passed on."),
        do=delegate,
        form=DelegateForm,
        initial={"starts_at": now, "ends_at": now + timedelta(days=7)},
        has_proof=True,
    )
    back = Way(reverse("console:desk-signatures"), _("Signatures"))
    return listing(request, visitor, list_of(visitor), [act], back=back)


@page(*STAFF, methods="GET HEAD POST")
def delegation(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show a delegation, and end one of one's own."""
    wanted = read_id(DELEGATION_PREFIX, wire)
    person = person_of(visitor)
    found = next((one for one in queries.list_delegations(person=person) if one.id == wanted), None)
    if found is None:
        raise NotFound

    def revoke(_form: Asking) -> Outcome:
        actions.revoke_delegation(delegation_id=wanted, by=person)
        return Outcome(reverse("console:desk-delegations"), "revoked")

    is_own = found.delegator_id == visitor.user_id and found.revoked_at is None
    act = Act(
        name="revoke",
        title=_("End it"),
        button=_("End it now"),
        lead=_("What was signed under it stays signed."),
        do=revoke,
        tone="danger",
        is_open=True,
    )
    acted = act_on(request, visitor, [act] if is_own else [])
    if acted.answer is not None:
        return acted.answer
    known, state = names.staff_names(), _badge(found)
    whose, who = user_wire(found.delegator_id), user_wire(found.delegate_id)
    facts = [
        Fact(_("Whose authority"), known.get(whose) or short(whose)),
        Fact(_("Who signs"), known.get(who) or short(who)),
        Fact(_("For"), _what(found)),
        Fact(_("At most"), _cap(found)),
        Fact(_("From"), instant(found.starts_at)),
        Fact(_("Until"), instant(found.ends_at)),
        Fact(_("State"), as_badge(state)),
    ]
    back = Way(reverse("console:desk-delegations"), _("Who signs for whom"))
    return shown(request, Board(title=_("A delegation"), back=back, facts=facts), acted)


SIGNERS: Final = OperatorList[Policy](
    name="sign-policies",
    title=gettext_lazy("Who signs what"),
    fetch=held_rows(
        lambda asked: [
            one
            for one in queries.list_policies(owner=None)
            if asked.get("by") in {None, "house" if one.version else "shipped"}
        ],
        at=lambda one: one.created_at,
        text=lambda one: f"{one.action} {words(one.action)}",
    ),
    columns=(
        Column(
            "action",
            gettext_lazy("Action"),
            lambda one: words(one.action.replace(".", ": ")).capitalize(),
            link=lambda one: reverse("console:desk-sign-policy", args=(one.action,)),
        ),
        Column(
            "signers",
            gettext_lazy("Who signs"),
            lambda one: "; ".join(_band(band) for band in one.bands) or _("nobody"),
        ),
        Column(
            "by",
            gettext_lazy("Says who"),
            lambda one: Badge(_("the house"), "good") if one.version else Badge(_("as shipped")),
        ),
        Column("since", gettext_lazy("Since"), lambda one: one.created_at),
    ),
    choices=(
        Choice(
            "by",
            gettext_lazy("Says who"),
            [("house", gettext_lazy("the house")), ("shipped", gettext_lazy("as shipped"))],
        ),
    ),
    searched=gettext_lazy("Action"),
    empty=gettext_lazy("There is nothing to sign."),
)


@page(*STAFF, right=_READ, methods="GET HEAD POST")
def sign_policies(request: HttpRequest, visitor: Principal) -> Answer:
    """Show who signs what in the house."""
    back = Way(reverse("console:desk-signatures"), _("Signatures"))
    lead = _("To change it is itself signed.")
    return listing(request, visitor, SIGNERS, lead=lead, back=back)


@page(*STAFF, right=_READ, methods="GET HEAD POST")
def sign_policy(request: HttpRequest, visitor: Principal, action: str) -> Answer:
    """Show who signs an action, and propose otherwise."""
    if action not in effects():
        raise NotFound
    found = queries.find_policy(owner=None, action=action)

    def change(form: PolicyForm) -> Outcome:
        made = actions.propose_policy(
            action=action, new=form.cleaned_data["bands"], maker=person_of(visitor)
        )
        return proposed(made, back=request.path)

    written = [json.loads(band.model_dump_json()) for band in found.bands]
    act = Act(
        name="change",
        title=_("Propose who shall sign it"),
        button=_("Propose"),
        do=change,
        right=GROUP,
        form=PolicyForm,
        initial={"bands": json.dumps(written, indent=2)},
        has_proof=True,
    )
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    rows: list[list[Shown]] = [
        [
            band.currency or _("any"),
            _range(band),
            lines(f"{one.required} × {one.group}" for one in band.stages)
            if band.stages
            else quiet(_("nobody")),
            _("in order") if band.in_order else _("at once"),
            _("%(hours)s hours") % {"hours": band.expires_h},
        ]
        for band in found.bands
    ]
    table = Table(
        name="bands",
        title=_("Who signs"),
        columns=columns(_("Currency"), _("Amounts"), _("Signatures"), _("Order"), _("Time")),
        rows=rows,
        empty=_("No policy: it cannot be proposed, and whoever has the right does it alone."),
    )
    back = Way(reverse("console:desk-sign-policies"), _("Who signs what"))
    title = words(action.replace(".", ": ")).capitalize()
    return shown(request, Board(title=title, back=back, tables=[table]), acted)


def _what(one: Delegation) -> str:
    return ", ".join(words(kind.replace(".", ": ")) for kind in one.actions) or _("everything")


def _cap(one: Delegation) -> str:
    """Write the most that may be signed for; it is a bound, and bounds are not summed up."""
    return f"{one.cap.to_text()} {one.cap.asset.code}" if one.cap is not None else _("any amount")


def _standing(one: Delegation) -> str:
    now = clock.now()
    if one.revoked_at is not None:
        return "ended"
    if one.ends_at <= now:
        return "over"
    return "holds" if one.starts_at <= now else "to_come"


def _badge(one: Delegation) -> Badge:
    return Badge(*_STANDINGS[_standing(one)])


def _band(band: Band) -> str:
    who = ", ".join(f"{one.required} × {one.group}" for one in band.stages) or _("nobody")
    return f"{_range(band)} {band.currency}: {who}"


def _range(band: Band) -> str:
    high = _("no end") if band.high is None else f"{band.high:f}"
    return f"{band.low:f} – {high}"
