"""``/me``: oneself, one's password and devices."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from fondaco.identity import actions, queries
from fondaco.identity.actions.members import Post
from fondaco.identity.api.shapes import (
    ChangePasswordIn,
    MemberOut,
    MembersOut,
    MeOut,
    PersonIn,
    PostIn,
    SessionOut,
    SessionsOut,
    SessionWireId,
    SettingsIn,
    SettingsOut,
    TicketOut,
    UserWireId,
)
from fondaco.identity.errors import LastOwner, PasswordIsWrong, StepUpRequired
from fondaco.identity.export import export_person
from fondaco.identity.passwords import WeakPassword
from fondaco.kit import clock
from fondaco.kit.access import Principal, require, require_customer
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.auth import people, principal
from fondaco.kit.django.api.router import Router

router = Router(auth=people, tags=["me"])

_MANAGE = "members:manage"
"""No role but owner and administrator holds it, since they hold everything."""


@router.get("")
def show_me(request: HttpRequest) -> MeOut:
    """Show who asks, for whom, and with which rights."""
    who = principal(request)
    customer = queries.get_customer(who.customer_id) if who.customer_id else None
    return MeOut.of(queries.get_user(who.user_id), customer, who)


@router.patch("")
def rename_me(request: HttpRequest, body: PersonIn) -> MeOut:
    """Change one's own name, or the organisation's name and site where one heads it."""
    who = principal(request)
    if body.first_name is not None or body.last_name is not None:
        actions.rename_person(
            user_id=who.user_id, first_name=body.first_name, last_name=body.last_name, by=who.actor
        )
    if body.name is not None or body.url is not None:
        customer_id = require_customer(require(who, _MANAGE))
        actions.rename_customer(customer_id=customer_id, name=body.name, url=body.url, by=who.actor)
    return show_me(request)


@router.get("/settings")
def show_settings(request: HttpRequest) -> SettingsOut:
    """Show language, time zone, currency and notification choices."""
    return SettingsOut.of(queries.get_user(principal(request).user_id).settings)


@router.patch("/settings")
def change_settings(request: HttpRequest, body: SettingsIn) -> SettingsOut:
    """Change some of the settings."""
    who = principal(request)
    present = queries.get_user(who.user_id).settings
    done = actions.change_settings(user_id=who.user_id, to=body.over(present), by=who.actor)
    return SettingsOut.of(done.settings)


@router.post("/socket-ticket", errors=(StepUpRequired,))
def issue_socket_ticket(request: HttpRequest) -> TicketOut:
    """Give a ticket that opens one socket within half a minute, so that no token stands in an address."""
    who = principal(request)
    if who.session_id is None:
        raise StepUpRequired("Sockets are for people who logged in.")
    return TicketOut.of(actions.issue_socket_ticket(session_id=who.session_id))


@router.get("/members")
def list_members(request: HttpRequest) -> MembersOut:
    """List who acts for one's customer, and how far."""
    customer_id = require_customer(principal(request))
    members = queries.list_memberships(customer_id=customer_id)
    return MembersOut(items=[MemberOut.of(member) for member in members])


@router.put("/members/{user_id}", errors=(LastOwner, StepUpRequired))
def change_member(request: HttpRequest, user_id: UserWireId, body: PostIn) -> MemberOut:
    """Give a member another role and other permissions; his sessions end."""
    who = _head(request)
    post = Post(require_customer(who), body.role, frozenset(body.permissions))
    return MemberOut.of(actions.change_member(user_id=user_id, post=post, by=who.actor))


@router.delete("/members/{user_id}", errors=(LastOwner, StepUpRequired))
def remove_member(request: HttpRequest, user_id: UserWireId) -> None:
    """Take a member's post away; his sessions end at once."""
    who = _head(request)
    actions.remove_member(customer_id=require_customer(who), user_id=user_id, by=who.actor)


@router.get("/export", errors=(StepUpRequired,))
def export_me(request: HttpRequest) -> HttpResponse:
    """Hand over everything that the house knows of oneself, as one JSON file."""
    who = principal(request)
    queries.check_step_up(session_id=who.session_id, at=clock.now())
    answer = JsonResponse(export_person(user_id=who.user_id))
    answer["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@router.post("/password", errors=(PasswordIsWrong, WeakPassword))
def change_password(request: HttpRequest, body: ChangePasswordIn) -> None:
    """Change the password; all other devices leave."""
    who = principal(request)
    attempts.count(request, "change-password", str(who.user_id))
    actions.change_password(
        user_id=who.user_id,
        current=body.current_password,
        new=body.new_password,
        session_id=who.session_id,
        by=who.actor,
    )


@router.get("/sessions")
def list_sessions(request: HttpRequest) -> SessionsOut:
    """List the devices that are logged in, the latest 50 first."""
    who = principal(request)
    sessions = queries.list_sessions(user_id=who.user_id, live_at=clock.now())
    return SessionsOut(items=[SessionOut.of(session, who.session_id) for session in sessions])


@router.delete("/sessions/{session_id}")
def end_session(request: HttpRequest, session_id: SessionWireId) -> None:
    """Make a device leave."""
    who = principal(request)
    actions.end_session(session_id=session_id, user_id=who.user_id, by=who.actor)


def _head(request: HttpRequest) -> Principal:
    """Give who asks, where he heads his customer and proved himself a short while ago."""
    who = require(principal(request), _MANAGE)
    queries.check_step_up(session_id=who.session_id, at=clock.now())
    return who
