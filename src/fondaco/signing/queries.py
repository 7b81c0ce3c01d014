"""Reads of requests, policies and delegations; no writes, no clock, no network."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from fondaco.kit.django.narrowing import given
from fondaco.kit.django.tallies import sum_by_asset
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.money import Money
from fondaco.signing import bands, models
from fondaco.signing.effects import effects
from fondaco.signing.errors import NoBand
from fondaco.signing.rows import describe, describe_delegation, describe_policy
from fondaco.signing.states import RequestState
from fondaco.signing.turns import Known, Round, may_see
from fondaco.signing.types import Band, Delegation, Owner, Person, Policy, Request

WAITING_MAX: Final = 200


def get_request(
    *, request_id: UUID, seen_by: Person | None = None, of_side: bool = False
) -> Request:
    """Give one request; where a person is named, one that is his business.

    :param of_side: whatever his own side signs is his business
    :raises NotFound: there is none
    """
    row = models.Request.objects.filter(id=request_id).first()
    if row is None or (seen_by is not None and not _is_shown(row, seen_by, of_side=of_side)):
        raise NotFound
    return describe(row)


def list_waiting(*, person: Person, at: datetime) -> list[Request]:
    """List what a person could sign now, what runs out first first."""
    rows = models.Request.objects.filter(
        state=RequestState.WAITING, expires_at__gt=at, stages__owner_id=person.owner
    )
    many = rows.distinct().order_by("expires_at", "id").prefetch_related("stages", "signatures")
    found, known = many.iterator(chunk_size=WAITING_MAX), Known()
    wanted = islice((row for row in found if Round(row, known).wants(person, at=at)), WAITING_MAX)
    return [describe(row) for row in wanted]


def list_requests(
    *,
    owner: Owner,
    state: RequestState | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Request]:
    """Give a page of what an owner's people sign or signed, newest first."""
    rows = _requests(owner, state, action, (since, until))
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    many = rows.order_by("-id").prefetch_related("stages", "signatures")
    found = [describe(row) for row in many[: limit + 1]]
    return page(found, limit=limit, key=lambda one: Cursor(one.created_at, one.id))


def sum_requests(
    *,
    owner: Owner,
    state: RequestState | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[tuple[int, Money]]:
    """Give how many requests there are about amounts of each currency, and what they come to."""
    rows = _requests(owner, state, action, (since, until)).exclude(asset="")
    return sum_by_asset(rows, asset="asset", minor="amount_minor")


def list_steps(*, request_id: UUID) -> Sequence[tuple[str, datetime, str, str]]:
    """Give a request's moves and amendments, oldest first: state, instant, who, note."""
    rows = models.RequestStep.objects.filter(subject_id=request_id).order_by("id")
    return list(rows.values_list("state_to", "at", "by", "note"))


def list_policies(*, owner: Owner) -> list[Policy]:
    """Give the policy of each action that an owner's people can sign, in order of the actions; one query."""
    rows = models.Policy.objects.filter(owner_id=owner).order_by("action", "-version")
    newest = {row.action: row for row in rows.distinct("action")}
    return [_policy(owner, kind, newest.get(kind)) for kind in sorted(effects())]


def find_policy(*, owner: Owner, action: str) -> Policy:
    """Give who signs an action: the owner's newest version, or the platform's where there is none.

    :raises KeyError: no domain registered the action
    """
    known = effects()[action]
    rows = models.Policy.objects.filter(owner_id=owner, action=known.kind).order_by("-version")
    return _policy(owner, action, rows.first())


def get_band(*, owner: Owner, action: str, amount: Money | None) -> Band:
    """Give the band that says who signs.

    :raises NoBand: there is none
    """
    band = bands.pick(find_policy(owner=owner, action=action).bands, amount)
    if band is None:
        raise NoBand(facts={"action": action})
    return band


def is_direct(*, owner: Owner, action: str, amount: Money | None) -> bool:
    """Tell whether an action may be done without signatures: there is no policy, or the band wants none."""
    found = find_policy(owner=owner, action=action).bands
    band = bands.pick(found, amount)
    return not found or (band is not None and not band.stages)


def list_delegations(*, person: Person) -> list[Delegation]:
    """List who may sign for a person and for whom he may, newest first."""
    rows = models.Delegation.objects.filter(owner_id=person.owner)
    mine = rows.filter(delegator_id=person.user_id) | rows.filter(delegate_id=person.user_id)
    return [describe_delegation(row) for row in mine.order_by("-id")[:WAITING_MAX]]


def _requests(
    owner: Owner,
    state: RequestState | None,
    action: str | None,
    period: tuple[datetime | None, datetime | None],
) -> QuerySet[models.Request]:
    since, until = period
    mine = models.Stage.objects.filter(owner_id=owner).values("request_id")
    narrow = given(state=state, action=action, created_at__gte=since, created_at__lt=until)
    return models.Request.objects.filter(id__in=mine, **narrow)


def _policy(owner: Owner, action: str, row: models.Policy | None) -> Policy:
    """Give the owner's newest version, or the platform's where there is none that says who signs."""
    own = describe_policy(row) if row is not None else None
    if own is not None and own.bands:
        return own
    return Policy(
        owner=owner,
        action=action,
        version=own.version if own is not None else 0,
        bands=effects()[action].bands,
        created_at=own.created_at if own is not None else None,
    )


def _is_shown(row: models.Request, person: Person, *, of_side: bool) -> bool:
    if of_side and row.stages.filter(owner_id=person.owner).exists():
        return True
    return may_see(row, person)
