"""``/operator/policies/stops``: one person stops, two let it go on."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.ids import encode
from fondaco.operators.rights import Right
from fondaco.policies.actions import stops as actions
from fondaco.policies.api.fields import PROPOSING, Reason, StopWireId
from fondaco.policies.errors import StopIsSet
from fondaco.policies.queries import stops as queries
from fondaco.policies.signed import LIFT, LiftTerms
from fondaco.policies.types import STOP_PREFIX, Stop, StopScope
from fondaco.signing import actions as signing
from fondaco.signing.shapes import SignRequestOut, person_of

router = Router(auth=staff, tags=["policies"])


class PolicyStopIn(Strict):
    """Take what is to be stopped, and why."""

    scope: StopScope
    value: Annotated[Text, Field(max_length=70)] = Field(
        default="",
        description="An operation, currency or asset, provider, or customer (cus_…); empty for all.",
    )
    reason: Reason = Field(description="Shown to whoever is refused.")


class PolicyStopOut(Strict):
    """Show what is stopped."""

    id: StopWireId
    scope: StopScope
    value: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_at: datetime | None

    @classmethod
    def of(cls, stop: Stop) -> "PolicyStopOut":
        """Show a stop."""
        return cls(
            id=stop.id,
            scope=stop.scope,
            value=stop.value,
            reason=stop.reason,
            set_by=stop.set_by,
            set_at=stop.set_at,
            lifted_at=stop.lifted_at,
        )


class PolicyStopsIn(Strict):
    """Choose between what is stopped and what was."""

    lifted: bool = False


class PolicyStopsOut(Strict):
    """Show stops, newest first."""

    items: list[PolicyStopOut]


@router.get("/stops")
def list_stops(request: HttpRequest, asked: Query[PolicyStopsIn]) -> PolicyStopsOut:
    """List what is stopped, or the latest that was and is no more."""
    require(principal(request), Right.POLICIES_READ)
    return PolicyStopsOut(
        items=[PolicyStopOut.of(stop) for stop in queries.list_stops(lifted=asked.lifted)]
    )


@router.post("/stops", status=201, errors=(StopIsSet,))
@idempotent("policies.set_stop")
def set_stop(request: HttpRequest, body: PolicyStopIn) -> PolicyStopOut:
    """Stop everything, an operation, a currency, a provider or a customer; it acts within a second."""
    by = require(principal(request), Right.POLICIES_STOP).actor
    stop = actions.set_stop(scope=body.scope, value=body.value, reason=body.reason, by=by)
    return PolicyStopOut.of(stop)


@router.post("/stops/{stop_id}/lift-proposals", status=201, errors=PROPOSING)
@idempotent("policies.propose_lift")
def propose_lift(request: HttpRequest, stop_id: StopWireId) -> SignRequestOut:
    """Propose to let go on what is stopped; it does with another person's signature."""
    who = require(principal(request), Right.POLICIES_STOP)
    queries.get_stop(stop_id=stop_id)
    terms = LiftTerms(stop=encode(STOP_PREFIX, stop_id))
    return SignRequestOut.of(signing.propose(kind=LIFT, terms=terms, maker=person_of(who)))
