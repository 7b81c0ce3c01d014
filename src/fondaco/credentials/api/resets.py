"""``/operator``: the reset of a lost second factor, by two persons."""

from django.http import HttpRequest

from fondaco.credentials.actions import resets as actions
from fondaco.credentials.api.shapes import (
    FactorResetOut,
    FactorResetsOut,
    ResetReasonIn,
    ResetWireId,
    UserWireId,
)
from fondaco.credentials.errors import FactorMissing, ResetOpen, SecondPersonRequired
from fondaco.kit.access import Principal, Role, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.router import Router

users = Router(auth=staff, tags=["customers"])
resets = Router(auth=staff, tags=["customers"])

_RESET = "customers:factor"


@users.post("/{user_id}/factor-reset", status=201, errors=(FactorMissing, ResetOpen))
def propose_factor_reset(
    request: HttpRequest, user_id: UserWireId, body: ResetReasonIn
) -> FactorResetOut:
    """Propose to take a person's lost second factor away; the person is told."""
    who = _operator(request)
    made = actions.propose(
        user_id=user_id, reason=body.reason, operator_id=who.user_id, by=who.actor
    )
    return FactorResetOut.of(made)


@resets.get("")
def list_factor_resets(request: HttpRequest) -> FactorResetsOut:
    """List the resets that are under way."""
    require(principal(request), "customers:read")
    return FactorResetsOut(items=[FactorResetOut.of(one) for one in actions.list_open()])


@resets.post("/{reset_id}/approve", errors=(ResetOpen, SecondPersonRequired))
def approve_factor_reset(request: HttpRequest, reset_id: ResetWireId) -> FactorResetOut:
    """Approve what another operator proposed; it takes effect after a day unless the person logs in."""
    who = _operator(request)
    done = actions.approve(reset_id=reset_id, operator_id=who.user_id, by=who.actor)
    return FactorResetOut.of(done)


@resets.post("/{reset_id}/cancel", errors=(ResetOpen,))
def cancel_factor_reset(request: HttpRequest, reset_id: ResetWireId) -> FactorResetOut:
    """Take a reset back before it takes effect."""
    return FactorResetOut.of(actions.cancel(reset_id=reset_id, by=_operator(request).actor))


def _operator(request: HttpRequest) -> Principal:
    return require(principal(request), _RESET, Role.OPERATOR, Role.MASTER_ADMIN)
