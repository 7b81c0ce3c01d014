"""Prove anew that it is the same person at the device, where the API asks for it."""

from typing import Final

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fondaco.credentials.actions import stepup
from fondaco.credentials.actions.stepup import Proof
from fondaco.credentials.errors import CodeIsWrong
from fondaco.identity import queries as people
from fondaco.identity.errors import StepUpRequired
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import InvalidField

FIELDS: Final = ("proof",)
_CHARACTERS_MAX: Final = 1024


def is_proved(visitor: Principal) -> bool:
    """Tell whether the visitor proved himself within the last minutes."""
    try:
        people.check_step_up(session_id=visitor.session_id, at=clock.now())
    except StepUpRequired:
        return False
    return True


def add_fields(form: forms.Form) -> None:
    """Ask in a form for the proof, too."""
    form.fields["proof"] = forms.CharField(
        label=_("Your password, or a code of your authenticator where you have one"),
        max_length=_CHARACTERS_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def prove(request: HttpRequest, visitor: Principal, form: forms.Form) -> None:
    """Take the proof that a form carries; for five minutes no other is asked for.

    :raises InvalidField: it proves nothing
    :raises StepUpRequired: there is no device
    :raises Throttled: too many were tried
    """
    if visitor.session_id is None:
        raise StepUpRequired
    attempts.count(request, "step-up", str(visitor.user_id))
    given = form.cleaned_data["proof"]
    proof = Proof(password=given, code=given)
    try:
        stepup.step_up(user_id=visitor.user_id, session_id=visitor.session_id, proof=proof)
    except CodeIsWrong as wrong:
        raise InvalidField(wrong.detail, field="proof") from None
