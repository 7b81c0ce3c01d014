"""``/me``: prove and change one's e-mail and telephone, assign Telegram."""

from django.http import HttpRequest

from fondaco.credentials import telegram
from fondaco.credentials.actions import contacts as actions, telegrams
from fondaco.credentials.actions.contacts import BothCodes
from fondaco.credentials.api.asking import proved
from fondaco.credentials.api.shapes import (
    AskedOut,
    ChangeConfirmIn,
    CodeIn,
    EmailIn,
    PhoneIn,
)
from fondaco.credentials.errors import (
    CodeIsWrong,
    NothingReachesYou,
    TelegramMissing,
    TelegramRefused,
    TelegramUnavailable,
)
from fondaco.credentials.shapes import TelegramBackIn, TelegramIn, TelegramPageOut
from fondaco.identity.errors import IdentifierTaken, LastIdentifier, StepUpRequired
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.auth import people, principal
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict

router = Router(auth=people, tags=["me"])


class VerifiedOut(Strict):
    """Show whether the signed data are those of the assigned account."""

    is_assigned: bool


@router.post("/email/verification", errors=(NothingReachesYou,))
def ask_email_proof(request: HttpRequest) -> None:
    """Have the link sent again that proves one's e-mail, good for a day."""
    who = principal(request)
    attempts.count(request, "email-verification", str(who.user_id))
    actions.ask_email_proof(user_id=who.user_id)


@router.post("/email/change", errors=(StepUpRequired,))
def ask_email_change(request: HttpRequest, body: EmailIn) -> AskedOut:
    """Have a code sent to the new e-mail and another to the old one."""
    who = proved(request)
    attempts.count(request, "email-change", str(who.user_id))
    asked = actions.ask_change(user_id=who.user_id, contact="email", value=body.email)
    return AskedOut.of(asked)


@router.post("/email/change/confirm", errors=(CodeIsWrong, IdentifierTaken))
def confirm_email_change(request: HttpRequest, body: ChangeConfirmIn) -> None:
    """Change the e-mail by both codes; other devices leave, and money stays for a day."""
    who = principal(request)
    attempts.count(request, "email-change-confirm", str(who.user_id))
    actions.confirm_change(
        user_id=who.user_id,
        contact="email",
        handle=body.handle,
        codes=BothCodes(new=body.code, old=body.old_code),
        session_id=who.session_id,
        by=who.actor,
    )


@router.post("/phone/verification", errors=(NothingReachesYou,))
def ask_phone_proof(request: HttpRequest) -> AskedOut:
    """Have a code sent that proves one's telephone."""
    who = principal(request)
    attempts.count(request, "phone-verification", str(who.user_id))
    return AskedOut.of(actions.ask_phone_proof(user_id=who.user_id))


@router.post("/phone/verify", errors=(CodeIsWrong,))
def verify_phone(request: HttpRequest, body: CodeIn) -> None:
    """Prove one's telephone by the code."""
    who = principal(request)
    attempts.count(request, "phone-verify", str(who.user_id))
    actions.verify_phone(user_id=who.user_id, handle=body.handle, code=body.code, by=who.actor)


@router.post("/phone/change", errors=(StepUpRequired,))
def ask_phone_change(request: HttpRequest, body: PhoneIn) -> AskedOut:
    """Have a code sent to the new telephone and another to the old one."""
    who = proved(request)
    attempts.count(request, "phone-change", str(who.user_id))
    asked = actions.ask_change(user_id=who.user_id, contact="phone", value=body.phone)
    return AskedOut.of(asked)


@router.post("/phone/change/confirm", errors=(CodeIsWrong, IdentifierTaken))
def confirm_phone_change(request: HttpRequest, body: ChangeConfirmIn) -> None:
    """Change the telephone by both codes; other devices leave, and money stays for a day."""
    who = principal(request)
    attempts.count(request, "phone-change-confirm", str(who.user_id))
    actions.confirm_change(
        user_id=who.user_id,
        contact="phone",
        handle=body.handle,
        codes=BothCodes(new=body.code, old=body.old_code),
        session_id=who.session_id,
        by=who.actor,
    )


@router.post("/telegram", errors=(TelegramRefused, IdentifierTaken, StepUpRequired))
def assign_telegram(request: HttpRequest, body: TelegramIn) -> None:
    """Assign the Telegram account that signed, so that it logs in from now on."""
    who = proved(request)
    telegrams.assign(user_id=who.user_id, signed=telegram.read(body.fields), by=who.actor)


@router.post("/telegram/authorization", errors=(TelegramMissing, StepUpRequired))
def begin_to_assign_telegram(request: HttpRequest) -> TelegramPageOut:
    """Begin to assign a Telegram account by OpenID Connect: give the page to which one goes."""
    who = proved(request)
    attempts.count(request, "telegram-page", str(who.user_id))
    return TelegramPageOut.of(telegrams.send_to_page(user_id=who.user_id))


@router.post(
    "/telegram/authorization/confirm",
    errors=(
        TelegramRefused,
        TelegramMissing,
        TelegramUnavailable,
        IdentifierTaken,
        StepUpRequired,
    ),
)
def assign_telegram_by_page(request: HttpRequest, body: TelegramBackIn) -> None:
    """Assign the Telegram account that its page vouches for."""
    who = proved(request)
    attempts.count(request, "telegram-back", str(who.user_id))
    signed = telegrams.come_back(body.to_back(), user_id=who.user_id)
    telegrams.assign(user_id=who.user_id, signed=signed, by=who.actor)


@router.post("/telegram/verify", errors=(TelegramRefused,))
def verify_telegram(request: HttpRequest, body: TelegramIn) -> VerifiedOut:
    """Tell whether signed data are those of the account that one assigned."""
    who = principal(request)
    return VerifiedOut(is_assigned=telegrams.verify(user_id=who.user_id, fields=body.fields))


@router.delete("/telegram", errors=(LastIdentifier, StepUpRequired))
def unassign_telegram(request: HttpRequest) -> None:
    """Let Telegram log in no longer."""
    who = proved(request)
    telegrams.unassign(user_id=who.user_id, by=who.actor)
