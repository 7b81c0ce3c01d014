"""API keys for one's programs, and the list of addresses from which one may be reached."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.apikeys import actions, queries
from fondaco.apikeys.errors import WouldLockOut
from fondaco.apikeys.networks import read_network
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.types import (
    NETWORK_PREFIX,
    IssuedKey,
    KeyMode,
    NewKey,
    network_wire,
    read_key_wire,
)
from fondaco.console.asking import customer_of
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.self.once import SentBefore, act_once
from fondaco.console.self.security import CUSTOMERS, check_proved, check_proved_to_post
from fondaco.identity.types import ALL_RIGHTS
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.django import tenancy
from fondaco.kit.django.api.addresses import exact_address
from fondaco.kit.django.tenancy import directory
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode

_SCOPES: Final = (
    (Scope.WALLETS_READ, said("See wallets, balances and histories")),
    (Scope.WALLETS_CHARGE, said("Charge wallets; capture, void and refund")),
    (Scope.WALLETS_SPEND, said("Send money, top up and cash out")),
    (Scope.WALLETS_MANAGE, said("Open, name, freeze and close wallets")),
    (Scope.ORDERS_READ, said("See orders")),
    (Scope.EVENTS_READ, said("Read events")),
    (Scope.WEBHOOKS_MANAGE, said("Set up webhooks")),
)
_LIVES: Final = (
    ("90", said("90 days")),
    ("365", said("One year")),
    ("0", said("Until it is deleted")),
)
_MODES: Final = (
    (KeyMode.LIVE.value, said("Live: moves real money")),
    (KeyMode.TEST.value, said("Test: acts in the sandbox only")),
)


class KeyForm(Asking):
    """Take what a key is for."""

    label = forms.CharField(
        label=said("Name"), max_length=100, help_text=said("Which program will use it?")
    )
    scopes = forms.MultipleChoiceField(
        label=said("It may"), choices=_SCOPES, widget=forms.CheckboxSelectMultiple
    )
    days = forms.ChoiceField(label=said("Valid for"), choices=_LIVES)
    networks = forms.CharField(
        label=said("Only from these addresses"),
        required=False,
        max_length=2000,
        help_text=said("Addresses or networks, such as 203.0.113.0/24, separated by commas."),
    )

    def to_ask(self) -> NewKey:
        """Give what is asked.

        :raises InvalidField: a network cannot be read
        """
        given = self.cleaned_data
        texts = [text for text in given["networks"].replace(",", " ").split() if text]
        networks = (read_network(text, field="networks") for text in texts)
        return NewKey(
            label=given["label"],
            scopes=frozenset(given["scopes"]),
            networks=tuple(dict.fromkeys(networks)),
            expires_at=_end(int(given["days"])),
        )


class ModedKeyForm(KeyForm):
    """Take also whether the key meets real money, where the house has a sandbox."""

    mode = forms.ChoiceField(label=said("Kind"), choices=_MODES, widget=forms.RadioSelect)
    field_order = ("label", "mode", "scopes", "days", "networks")


class NetworkForm(Asking):
    """Take a network that may reach the customer."""

    is_warned = False
    """Whether it would lock out who sends it; only then it is asked whether he means it."""

    network = forms.CharField(
        label=said("Address or network"),
        max_length=50,
        help_text=said("Such as 203.0.113.7 or 203.0.113.0/24."),
    )
    label = forms.CharField(label=said("What is there"), max_length=100, required=False)
    confirm = forms.BooleanField(
        label=said("Go on although I would lock myself out"), required=False
    )


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="GET HEAD POST")
def keys(request: HttpRequest, visitor: Principal) -> Answer:
    """List one's keys, and make one; its secret is shown this once."""
    proved = check_proved_to_post(request, visitor)
    customer_id = customer_of(visitor)
    has_sandbox = directory.find_sandbox(tenancy.current().name) is not None
    form = _key_form(request, has_sandbox=has_sandbox)
    if request.method == "POST" and form.is_valid():
        made: list[IssuedKey] = []
        try:
            if form.ask(lambda: _create(visitor, form, made)) is None:
                shown = {"title": gettext("Your new key"), "issued": made[0]}
                return Page("self/key.html", shown)
        except SentBefore:
            return GoTo(f"{request.path}?done=before")
    facts: dict[str, Any] = {
        "title": gettext("API keys"),
        "form": form,
        "is_proved": proved,
        "keys": [
            *queries.list_keys(customer_id=customer_id),
            *(queries.list_test_keys(customer_id=customer_id) if has_sandbox else ()),
        ],
        "done": request.GET.get("done"),
    }
    return Page("self/keys.html", facts, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="POST")
def delete_key(request: HttpRequest, visitor: Principal, key: str) -> Answer:
    """End a key."""
    del request
    check_proved(visitor)
    try:
        key_id, mode = read_key_wire(key)
    except InvalidId:
        raise NotFound from None
    sandbox = directory.find_sandbox(tenancy.current().name) if mode is KeyMode.TEST else None
    with tenancy.scope(sandbox or tenancy.current()):
        actions.delete_key(key_id=key_id, customer_id=customer_of(visitor), by=visitor.actor)
    return GoTo(f"{reverse('console:api-keys')}?done=deleted")


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="GET HEAD POST")
def addresses(request: HttpRequest, visitor: Principal) -> Answer:
    """List from where one may be reached, and add to it, with a warning before one locks oneself out."""
    proved = check_proved_to_post(request, visitor)
    form = NetworkForm(request.POST or None)
    if did(request, form, lambda: _allow(request, visitor, form)):
        return GoTo(f"{request.path}?done=added")
    if not form.is_warned:
        form.fields.pop("confirm")
    facts = {
        "title": gettext("Address list"),
        "form": form,
        "networks": [
            (network_wire(one.id), one)
            for one in queries.list_networks(customer_id=customer_of(visitor))
        ],
        "here": exact_address(request),
        "is_proved": proved,
        "done": request.GET.get("done"),
    }
    return Page("self/addresses.html", facts, 422 if form.is_bound else 200)


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="POST")
def remove_address(request: HttpRequest, visitor: Principal, network: str) -> Answer:
    """Take an entry from the list; asks once more where it would lock out who asks."""
    check_proved(visitor)
    network_id = _network_id(network)
    means_it = "confirm" in request.POST
    try:
        actions.remove_network(
            network_id=network_id,
            customer_id=customer_of(visitor),
            here=None if means_it else exact_address(request),
            by=visitor.actor,
        )
    except WouldLockOut:
        shown = {
            "title": gettext("You would lock yourself out"),
            "network": network,
            "here": exact_address(request),
        }
        return Page("self/address_warning.html", shown, 409)
    return GoTo(f"{reverse('console:addresses')}?done=removed")


def _key_form(request: HttpRequest, *, has_sandbox: bool) -> KeyForm:
    wanted = ModedKeyForm if has_sandbox else KeyForm
    return wanted(request.POST or None, initial={"mode": KeyMode.TEST.value, "days": "365"})


def _create(visitor: Principal, form: KeyForm, made: list[IssuedKey]) -> None:
    given = form.cleaned_data
    is_test = given.get("mode") == KeyMode.TEST.value
    create = actions.create_test_key if is_test else actions.create_key
    ask = form.to_ask()
    act_once(
        visitor,
        operation="apikeys.create",
        key=given["key"],
        act=lambda: made.append(
            create(
                customer_id=customer_of(visitor),
                user_id=visitor.user_id,
                ask=ask,
                by=visitor.actor,
            )
        ),
    )


def _allow(request: HttpRequest, visitor: Principal, form: NetworkForm) -> None:
    given, here = form.cleaned_data, exact_address(request)
    try:
        actions.allow_network(
            customer_id=customer_of(visitor),
            network=read_network(given["network"], field="network"),
            label=given["label"],
            here=None if given["confirm"] else here,
            by=visitor.actor,
        )
    except WouldLockOut:
        form.is_warned = True
        warning = gettext(
            "You are at %(address)s, which this list would leave out: you could not come in any more. "
            "Allow your own address first, or tick the box below."
        )
        raise WouldLockOut(warning % {"address": here}, field="network") from None


def _network_id(text: str) -> UUID:
    try:
        return decode(NETWORK_PREFIX, text)
    except InvalidId:
        raise NotFound from None


def _end(days: int) -> datetime | None:
    return clock.now() + timedelta(days=days) if days else None
