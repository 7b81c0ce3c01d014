"""How one logs in and who may reach one: an overview, one's password, and one's devices."""

from typing import Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.self.joining import new_password
from fondaco.credentials.queries import get_factors
from fondaco.identity import actions, passwords, queries
from fondaco.identity.errors import StepUpRequired
from fondaco.identity.types import ALL_RIGHTS, SESSION_PREFIX
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal, Role
from fondaco.kit.django.api import attempts
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode

CUSTOMERS: Final = tuple(role for role in Role if role not in STAFF)


class ChangePasswordForm(Asking):
    """Take the present password and the next one."""

    current_password = forms.CharField(
        label=said("Present password"),
        max_length=passwords.CHARACTERS_MAX,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = new_password(said("New password"))


def check_proved(visitor: Principal) -> None:
    """Pass silently when the visitor proved himself within the last five minutes.

    :raises StepUpRequired: he did not; the page then leads him to do so
    """
    queries.check_step_up(session_id=visitor.session_id, at=clock.now())


def check_proved_to_post(request: HttpRequest, visitor: Principal) -> bool:
    """Tell whether the visitor proved himself; whoever sends a form must have.

    :raises StepUpRequired: a form is sent by one who did not
    """
    try:
        check_proved(visitor)
    except StepUpRequired:
        if request.method == "POST":
            raise
        return False
    return True


@page()
def security(request: HttpRequest, visitor: Principal) -> Answer:
    """Show how one logs in, and the devices that are logged in."""
    shown = {
        "title": gettext("Security"),
        "factors": get_factors(user_id=visitor.user_id),
        "sessions": queries.list_sessions(user_id=visitor.user_id, live_at=clock.now()),
        "here": visitor.session_id,
        "is_head": visitor.customer_id is not None and visitor.can(ALL_RIGHTS),
        "done": request.GET.get("done"),
    }
    return Page("self/security.html", shown)


@page(methods="GET HEAD POST")
def change_password(request: HttpRequest, visitor: Principal) -> Answer:
    """Change the password; all other devices leave."""
    form = ChangePasswordForm(request.POST or None)

    def act() -> None:
        attempts.count(request, "change-password", str(visitor.user_id))
        actions.change_password(
            user_id=visitor.user_id,
            current=form.cleaned_data["current_password"],
            new=form.cleaned_data["new_password"],
            session_id=visitor.session_id,
            by=visitor.actor,
        )

    if did(request, form, act):
        return GoTo(f"{reverse('console:security')}?done=password")
    shown = {"title": gettext("Change your password"), "form": form}
    return Page("self/password.html", shown, 422 if form.is_bound else 200)


@page(methods="POST")
def end_session(request: HttpRequest, visitor: Principal, session: str) -> Answer:
    """Make another device leave."""
    del request
    try:
        session_id = decode(SESSION_PREFIX, session)
    except InvalidId:
        raise NotFound from None
    actions.end_session(session_id=session_id, user_id=visitor.user_id, by=visitor.actor)
    return GoTo(f"{reverse('console:security')}?done=left")


@page(methods="POST")
def end_other_sessions(request: HttpRequest, visitor: Principal) -> Answer:
    """Make all other devices leave."""
    del request
    for session in queries.list_sessions(user_id=visitor.user_id, live_at=clock.now()):
        if session.id != visitor.session_id:
            actions.end_session(session_id=session.id, user_id=visitor.user_id, by=visitor.actor)
    return GoTo(f"{reverse('console:security')}?done=others-left")
