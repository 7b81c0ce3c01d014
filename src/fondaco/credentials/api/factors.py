"""``/me``: step up, second factors, passkeys, erasure."""

from django.http import HttpRequest

from fondaco.credentials import queries
from fondaco.credentials.actions import erasure, factors as actions, stepup
from fondaco.credentials.actions.stepup import Proof
from fondaco.credentials.api.asking import device, proved
from fondaco.credentials.api.shapes import (
    AskedOut,
    ConfirmTotpIn,
    FactorsOut,
    NewPasskeyIn,
    PasskeyOptionsOut,
    PasskeyOut,
    RecoveryCodesOut,
    StepUpIn,
    TotpOut,
)
from fondaco.credentials.errors import (
    CodeIsWrong,
    FactorMissing,
    FactorPresent,
    LoginLocked,
    NothingReachesYou,
)
from fondaco.identity.errors import LastOwner, StepUpRequired
from fondaco.kit.django.api import attempts
from fondaco.kit.django.api.auth import people, principal
from fondaco.kit.django.api.router import Router

router = Router(auth=people, tags=["me"])


@router.post("/step-up", errors=(CodeIsWrong, LoginLocked, StepUpRequired))
def step_up(request: HttpRequest, body: StepUpIn) -> None:
    """Prove anew that it is oneself; for five minutes dangerous steps are open then.

    By an authenticator's code where there is one, else by the password or a code that was sent.
    """
    who = principal(request)
    attempts.count(request, "step-up", str(who.user_id))
    stepup.step_up(
        user_id=who.user_id,
        session_id=device(who),
        proof=Proof(password=body.password, code=body.code, handle=body.handle),
    )


@router.post("/step-up/code", errors=(NothingReachesYou,))
def ask_step_up_code(request: HttpRequest) -> AskedOut:
    """Have a code sent to one's e-mail and telephone, to step up with."""
    who = principal(request)
    attempts.count(request, "step-up-code", str(who.user_id))
    return AskedOut.of(stepup.ask_step_up_code(user_id=who.user_id))


@router.get("/mfa")
def show_factors(request: HttpRequest) -> FactorsOut:
    """Show one's second factors."""
    return FactorsOut.of(queries.get_factors(user_id=principal(request).user_id))


@router.post("/mfa", errors=(FactorPresent, StepUpRequired))
def offer_totp(request: HttpRequest) -> TotpOut:
    """Begin to set up an authenticator: its seed as text and as a QR code."""
    return TotpOut.of(actions.offer_totp(user_id=proved(request).user_id))


@router.post("/mfa/verify", errors=(CodeIsWrong, FactorPresent, StepUpRequired))
def confirm_totp(request: HttpRequest, body: ConfirmTotpIn) -> RecoveryCodesOut:
    """Switch the authenticator on by its first code; the answer's recovery codes are shown this once."""
    who = proved(request)
    attempts.count(request, "mfa-verify", str(who.user_id))
    codes = actions.confirm_totp(user_id=who.user_id, code=body.code, by=who.actor)
    return RecoveryCodesOut(recovery_codes=codes)


@router.delete("/mfa", errors=(FactorMissing, StepUpRequired))
def remove_totp(request: HttpRequest) -> None:
    """Switch the authenticator off; its recovery codes are worthless then."""
    who = proved(request)
    actions.remove_totp(user_id=who.user_id, by=who.actor)


@router.post("/mfa/recovery-codes", errors=(FactorMissing, StepUpRequired))
def renew_recovery_codes(request: HttpRequest) -> RecoveryCodesOut:
    """Make recovery codes anew; earlier ones are worthless."""
    who = proved(request)
    codes = actions.renew_recovery_codes(user_id=who.user_id, by=who.actor)
    return RecoveryCodesOut(recovery_codes=codes)


@router.post("/passkeys/options", errors=(StepUpRequired,))
def offer_passkey(request: HttpRequest) -> PasskeyOptionsOut:
    """Begin to make a passkey: give what the browser asks the authenticator."""
    return PasskeyOptionsOut.of(actions.offer_passkey(user_id=proved(request).user_id))


@router.post("/passkeys", status=201, errors=(CodeIsWrong, FactorPresent, StepUpRequired))
def add_passkey(request: HttpRequest, body: NewPasskeyIn) -> PasskeyOut:
    """Keep the passkey that the browser made."""
    who = proved(request)
    made = actions.add_passkey(
        user_id=who.user_id,
        handle=body.handle,
        name=body.name,
        answer=body.credential,
        by=who.actor,
    )
    return PasskeyOut.of(made)


@router.delete("/passkeys/{passkey_id}", errors=(StepUpRequired,))
def remove_passkey(request: HttpRequest, passkey_id: int) -> None:
    """Forget a passkey."""
    who = proved(request)
    actions.remove_passkey(user_id=who.user_id, passkey_id=passkey_id, by=who.actor)


@router.post("/erasure", errors=(LastOwner, StepUpRequired))
def erase_me(request: HttpRequest) -> None:
    """Destroy what the house knows of oneself; customers for whom one acts alone are closed before."""
    who = proved(request)
    erasure.erase(user_id=who.user_id, by=who.actor)
