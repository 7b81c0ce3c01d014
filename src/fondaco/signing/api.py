"""``/signatures``: what waits for one's signature, and who signs what."""

from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import AwareDatetime, Field

from fondaco.identity import queries as identity
from fondaco.identity.errors import StepUpRequired
from fondaco.kit import clock
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import people, principal
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict, Text, WireId
from fondaco.kit.errors import InvalidField
from fondaco.kit.lifecycle import IllegalMove
from fondaco.ledger.queries import find_asset
from fondaco.signing import actions, queries
from fondaco.signing.actions.policies import GROUP
from fondaco.signing.errors import (
    AlreadySigned,
    DelegationRefused,
    EffectRefused,
    MakerMayNotSign,
    NoBand,
    RequestExpired,
    RequestOpen,
    SignatureNotWanted,
    SignersMissing,
    TermsChanged,
)
from fondaco.signing.shapes import RequestWireId, SignRequestOut, UserWireId, person_of
from fondaco.signing.states import RequestState
from fondaco.signing.types import DELEGATION_PREFIX, Band, Delegation, NewDelegation, Person, Policy

router = Router(auth=people, tags=["signing"])

Sentence = Annotated[Text, Field(max_length=500)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]
DelegationWireId = Annotated[UUID, WireId(DELEGATION_PREFIX)]

_READ: Final = "signing:read"
_OVER: Final = (IllegalMove, RequestExpired)
_TURN: Final = (AlreadySigned, MakerMayNotSign, SignatureNotWanted)
_PROPOSING: Final = (NoBand, SignersMissing, RequestOpen, EffectRefused)


class SignIn(Strict):
    """Take a signature."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])
    group: Annotated[Text, Field(max_length=100)] | None = Field(
        default=None, description="Of several that one is in; the fitting one unless told."
    )
    comment: Sentence = ""


class WhyIn(Strict):
    """Take why."""

    reason: Reason


class AmendIn(Strict):
    """Take other terms, of the same shape."""

    terms: dict[str, Any]


class SignatureHistoryIn(Paging):
    """Narrow a list of requests."""

    state: RequestState | None = None


class SignatureStepOut(Strict):
    """Show one move of a request, or an amendment."""

    state: RequestState
    at: datetime
    by: str
    note: str


class RequestFileOut(Strict):
    """Show a request with all its moves."""

    request: SignRequestOut
    steps: list[SignatureStepOut]


class SignRequestsOut(Strict):
    """Show what waits for one's signature."""

    items: list[SignRequestOut]


class PolicyIn(Strict):
    """Take who shall sign an action."""

    action: Annotated[Text, Field(min_length=1, max_length=100)]
    bands: list[Band] = Field(
        max_length=50, description="Empty: what the platform says by itself holds again."
    )


class PolicyOut(Strict):
    """Show who signs an action."""

    action: str
    version: int = Field(description="0: the platform's own.")
    bands: list[Band] = Field(description="Empty: nobody's signature is wanted.")
    created_at: datetime | None

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Show a policy."""
        return cls(
            action=policy.action,
            version=policy.version,
            bands=list(policy.bands),
            created_at=policy.created_at,
        )


class PoliciesOut(Strict):
    """Show who signs what."""

    items: list[PolicyOut]


class DelegationIn(Strict):
    """Take who may sign for oneself, when, and what."""

    delegate: UserWireId
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    actions: list[Annotated[Text, Field(max_length=100)]] = Field(
        default=[], max_length=50, description="Empty: all."
    )
    cap: MoneyIn | None = Field(
        default=None, description="The most that may be signed for; without it any amount."
    )
    reason: Sentence = ""

    def to_ask(self) -> NewDelegation:
        """Give what is asked."""
        cap = None
        if self.cap is not None:
            asset = find_asset(code=self.cap.currency or "")
            if asset is None:
                raise InvalidField("Name a currency that is declared.", field="cap.currency")
            cap = self.cap.to_money(asset, within="cap")
        return NewDelegation(
            delegate_id=self.delegate,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            actions=tuple(self.actions),
            cap=cap,
            reason=self.reason,
        )


class DelegationOut(Strict):
    """Show who may sign for whom."""

    id: DelegationWireId
    delegator: UserWireId
    delegate: UserWireId
    starts_at: datetime
    ends_at: datetime
    actions: list[str]
    cap: MoneyOut | None
    reason: str
    revoked_at: datetime | None

    @classmethod
    def of(cls, one: Delegation) -> Self:
        """Show a delegation."""
        return cls(
            id=one.id,
            delegator=one.delegator_id,
            delegate=one.delegate_id,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            actions=list(one.actions),
            cap=None if one.cap is None else MoneyOut.of(one.cap),
            reason=one.reason,
            revoked_at=one.revoked_at,
        )


class DelegationsOut(Strict):
    """Show one's delegations, given and received."""

    items: list[DelegationOut]


@router.get("")
def list_waiting_signatures(request: HttpRequest) -> SignRequestsOut:
    """List what waits for one's signature now, what runs out first first."""
    waiting = queries.list_waiting(person=_person(request), at=clock.now())
    return SignRequestsOut(items=[SignRequestOut.of(one) for one in waiting])


@router.get("/history")
def list_sign_requests(
    request: HttpRequest, asked: Query[SignatureHistoryIn]
) -> Listing[SignRequestOut]:
    """List what one's side signs or signed, newest first."""
    owner = require(principal(request), _READ).customer_id
    return paged(
        asked,
        lambda after, limit: queries.list_requests(
            owner=owner, state=asked.state, after=after, limit=limit
        ),
        SignRequestOut.of,
    )


@router.get("/policies")
def list_sign_policies(request: HttpRequest) -> PoliciesOut:
    """List who signs what on one's side."""
    owner = require(principal(request), _READ).customer_id
    found = queries.list_policies(owner=owner)
    return PoliciesOut(items=[PolicyOut.of(policy) for policy in found])


@router.post("/policies", status=201, errors=(*_PROPOSING, StepUpRequired))
@idempotent("signing.propose_policy")
def propose_sign_policy(request: HttpRequest, body: PolicyIn) -> SignRequestOut:
    """Propose who shall sign an action of one's side; the change is itself signed."""
    require(principal(request), GROUP)
    maker = _proved(request)
    made = actions.propose_policy(action=body.action, new=tuple(body.bands), maker=maker)
    return SignRequestOut.of(made)


@router.get("/delegations")
def list_delegations(request: HttpRequest) -> DelegationsOut:
    """List who may sign for oneself, and for whom one may."""
    found = queries.list_delegations(person=_person(request))
    return DelegationsOut(items=[DelegationOut.of(one) for one in found])


@router.post("/delegations", status=201, errors=(DelegationRefused, StepUpRequired))
@idempotent("signing.delegate")
def delegate_signature(request: HttpRequest, body: DelegationIn) -> DelegationOut:
    """Let another of one's side sign with one's own authority for a while."""
    return DelegationOut.of(actions.delegate(ask=body.to_ask(), by=_proved(request)))


@router.post("/delegations/{delegation_id}/revoke")
def revoke_delegation(request: HttpRequest, delegation_id: DelegationWireId) -> DelegationOut:
    """End a delegation of one's own at once."""
    by = _person(request)
    return DelegationOut.of(actions.revoke_delegation(delegation_id=delegation_id, by=by))


@router.get("/{request_id}")
def show_sign_request(request: HttpRequest, request_id: RequestWireId) -> RequestFileOut:
    """Show one request with its signatures of all rounds and all its moves."""
    may_read = principal(request).can(_READ)
    found = queries.get_request(request_id=request_id, seen_by=_person(request), of_side=may_read)
    steps = queries.list_steps(request_id=request_id)
    return RequestFileOut(
        request=SignRequestOut.of(found),
        steps=[
            SignatureStepOut(state=RequestState(state), at=at, by=by, note=note)
            for state, at, by, note in steps
        ],
    )


@router.post(
    "/{request_id}/sign", errors=(*_OVER, *_TURN, TermsChanged, EffectRefused, StepUpRequired)
)
@idempotent("signing.sign")
def sign(request: HttpRequest, request_id: RequestWireId, body: SignIn) -> SignRequestOut:
    """Sign the terms that one has read; with the last signature they take effect."""
    signed = actions.sign(
        request_id=request_id,
        digest=body.digest,
        signer=_proved(request),
        group=body.group,
        comment=body.comment,
    )
    return SignRequestOut.of(signed)


@router.post("/{request_id}/refuse", errors=(*_OVER, *_TURN))
@idempotent("signing.refuse")
def refuse(request: HttpRequest, request_id: RequestWireId, body: WhyIn) -> SignRequestOut:
    """Say no as one whose signature is wanted now; the request ends without effect."""
    person = _person(request)
    done = actions.refuse(request_id=request_id, reason=body.reason, person=person)
    return SignRequestOut.of(done)


@router.post("/{request_id}/withdraw", errors=(IllegalMove, MakerMayNotSign))
@idempotent("signing.withdraw")
def withdraw(request: HttpRequest, request_id: RequestWireId, body: WhyIn) -> SignRequestOut:
    """Take one's own request back before all have signed."""
    person = _person(request)
    done = actions.withdraw(request_id=request_id, reason=body.reason, person=person)
    return SignRequestOut.of(done)


@router.post("/{request_id}/amend", errors=(*_OVER, *_TURN, *_PROPOSING, StepUpRequired))
@idempotent("signing.amend")
def amend(request: HttpRequest, request_id: RequestWireId, body: AmendIn) -> SignRequestOut:
    """Put other terms in the place of a request's; all signatures are void, and a new round begins."""
    author = _proved(request)
    return SignRequestOut.of(actions.amend(request_id=request_id, terms=body.terms, author=author))


def _person(request: HttpRequest) -> Person:
    return person_of(principal(request))


def _proved(request: HttpRequest) -> Person:
    who = principal(request)
    identity.check_step_up(session_id=who.session_id, at=clock.now())
    return person_of(who)
