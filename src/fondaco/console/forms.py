"""Forms that ask a domain for something."""

import json
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from fondaco.console.amounts import read_amount
from fondaco.console.asking import Refused, act_once, one_use_key
from fondaco.kit.access import Principal
from fondaco.kit.django.idempotency import KeyReused
from fondaco.kit.errors import DomainError, InvalidField
from fondaco.money import Asset, Money


class Asking(forms.Form):
    """Carry a key that works once, and show what a domain refuses beside the field that it is about."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form; one that is not sent yet gets its key."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # On the way back a browser would fill the old amount into a new form, whose key is unused.
            # What names one itself, as a new password does, means it.
            field.widget.attrs.setdefault("autocomplete", "off")
        if not self.is_bound:
            self.initial["key"] = one_use_key()

    def ask(self, act: Callable[[], Refused | None]) -> Refused | None:
        """Do what the form is for; gives what it was refused for, which is then shown in it, or none."""
        try:
            refused = act()
        except DomainError as error:
            refused = self._told(error)
        else:
            self._renew_key(refused)
        if refused is not None:
            self.add_error(self._field_of(refused), gettext(refused.detail))
        return refused

    def once(
        self, visitor: Principal, operation: str, act: Callable[[], Refused | str]
    ) -> str | None:
        """Do what the form is for once per key; gives what was given the first time.

        None where something in the form is wrong, or for a refusal, which is then shown in it.

        For what no ledger's intake guards; ``act`` runs in one transaction, so it must ask nobody outside.
        """
        if not self.is_valid():
            return None
        given = json.dumps(self.cleaned_data, sort_keys=True, default=str)
        try:
            done = act_once(
                visitor, operation=operation, key=self.cleaned_data["key"], body=given, act=act
            )
        except DomainError as error:
            done = self._told(error)
        else:
            self._renew_key(done)
        if isinstance(done, Refused):
            self.add_error(self._field_of(done), gettext(done.detail))
            return None
        return done

    def amount_in(self, asset: Asset) -> Money:
        """Read the field ``amount``.

        :raises InvalidField: it is not written as plain digits, has too many places, or is nothing or less
        """
        return self.amount_of("amount", asset)

    def amount_of(self, field: str, asset: Asset) -> Money:
        """Read a field as an amount.

        :raises InvalidField: it is not written as plain digits, has too many places, or is nothing or less
        """
        amount = read_amount(self.cleaned_data[field], asset, field=field)
        if not amount.is_positive:
            raise InvalidField(gettext("Write an amount above zero."), field=field)
        return amount

    def _told(self, error: DomainError) -> Refused:
        """Say what was refused.

        Whoever came back and changed what he had sent gets another key: sending it again is a second deed.
        """
        if not isinstance(error, KeyReused):
            return Refused(gettext(error.detail), error.field)
        sent = gettext(
            "You have sent this form before, with other values. Send it again to do both."
        )
        refused = Refused(sent, None)
        self._renew_key(refused)
        return refused

    def _renew_key(self, done: Refused | str | None) -> None:
        """Give a form that was refused for good another key: the old one would repeat the refusal for ever.

        Where the first sending is still at work, an error is raised instead, and the key stays what it is.
        """
        if isinstance(done, Refused):
            data = cast("QueryDict", self.data).copy()
            data["key"] = one_use_key()
            self.data = data

    def _field_of(self, refused: Refused) -> str | None:
        named = (refused.field or "").rpartition(".")[2]
        return named if named in self.fields else None
