"""Whose turn it is: which stage of a round a person may fill, with whose authority."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from fondaco.signing import models
from fondaco.signing.effects import effects, read
from fondaco.signing.errors import (
    AlreadySigned,
    MakerMayNotSign,
    SignatureNotWanted,
    SignersMissing,
)
from fondaco.signing.people import Permissions, holders, people_of
from fondaco.signing.rows import amount_of, stages_of
from fondaco.signing.seats import can_fill
from fondaco.signing.types import Owner, Person


class Seat(NamedTuple):
    """Name a place in a stage, and whose authority takes it."""

    stage: models.Stage
    holder_id: UUID


class Known:
    """Remember who holds groups and delegations while many requests are looked at."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.people = cache(people_of)
        self.delegations = cache(_delegations_to)


class Round:
    """Look at the present round of a request as it stands now."""

    def __init__(self, row: models.Request, known: "Known | None" = None) -> None:
        """Read stages, signatures and who holds which group; who looks at many rounds reads people once."""
        self._row = row
        self._known = known or Known()
        self._stages = stages_of(row)
        self._signatures = [one for one in row.signatures.all() if one.round == row.round]
        self._people = {
            owner: self._known.people(owner) for owner in {one.owner_id for one in self._stages}
        }
        effect = effects()[row.action]
        self._gainers = effect.barred(read(effect, row.terms))

    @property
    def missing(self) -> int:
        """Count the signatures that are still missing."""
        return sum(self._free(stage) for stage in self._stages)

    def check_completable(self) -> None:
        """Pass silently when those who hold the groups today can complete the round.

        :raises SignersMissing: they cannot
        """
        if not self._can_complete():
            raise SignersMissing

    def find_seat(self, person: Person, *, at: datetime, group: str | None = None) -> Seat:
        """Give the place that a person's signature takes: one that leaves enough people for the others.

        :raises AlreadySigned: he, or whoever he could sign for, has signed in this round
        :raises MakerMayNotSign: he wrote the terms or gains by them, or could sign only for one who did
        :raises SignatureNotWanted: no open stage wants him
        """
        if any(one.signer_id == person.user_id for one in self._signatures):
            raise AlreadySigned
        wanted = [
            seat for seat in self.seats(person, at=at) if group is None or seat.stage.group == group
        ]
        seats = [
            seat
            for seat in wanted
            if not self._barred(seat.stage) & {seat.holder_id, person.user_id}
        ]
        if not seats and wanted:
            raise MakerMayNotSign
        fresh = [seat for seat in seats if not self._has_counted(seat.holder_id)]
        if not fresh:
            raise AlreadySigned if seats else SignatureNotWanted
        return next((seat for seat in fresh if self._can_complete(seat, person)), fresh[0])

    def wants(self, person: Person, *, at: datetime) -> bool:
        """Tell whether a person's signature is wanted now."""
        try:
            self.find_seat(person, at=at)
        except (AlreadySigned, MakerMayNotSign, SignatureNotWanted):
            return False
        return True

    def seats(self, person: Person, *, at: datetime) -> Iterator[Seat]:
        """Go through the open places that a person's permissions and delegations reach, his own first."""
        theirs = self._people.get(person.owner, {})
        if person.user_id not in theirs:
            return
        delegators = _delegators(self._row, self._known.delegations(person, at))
        for holder_id in (person.user_id, *delegators):
            for stage in self._open():
                if stage.owner_id == person.owner and holder_id in holders(theirs, stage.group):
                    yield Seat(stage, holder_id)

    def _open(self) -> list[models.Stage]:
        waiting = [stage for stage in self._stages if self._free(stage)]
        first = min((stage.step for stage in waiting), default=0)
        return [stage for stage in waiting if stage.step == first]

    def _free(self, stage: models.Stage) -> int:
        return stage.required - sum(one.stage_id == stage.id for one in self._signatures)

    def _barred(self, stage: models.Stage) -> frozenset[UUID]:
        """Give who does not sign a stage: whoever gains, and whoever wrote the terms unless he may."""
        makers = frozenset({self._row.maker_id, self._row.author_id})
        return self._gainers if stage.maker_signs else self._gainers | makers

    def _has_counted(self, holder_id: UUID) -> bool:
        return any(holder_id in {one.holder_id, one.signer_id} for one in self._signatures)

    def _can_complete(self, taken: Seat | None = None, by: Person | None = None) -> bool:
        """Tell whether each free place, but one that is taken, can get somebody who has not signed."""
        signed = {one for row in self._signatures for one in (row.signer_id, row.holder_id)}
        if taken is not None and by is not None:
            signed |= {taken.holder_id, by.user_id}
        places = [
            self._candidates(stage) - signed
            for stage in self._stages
            for _ in range(self._free(stage) - (taken is not None and stage == taken.stage))
        ]
        return can_fill(places)

    def _candidates(self, stage: models.Stage) -> frozenset[UUID]:
        people: Permissions = self._people[stage.owner_id]
        return holders(people, stage.group) - self._barred(stage)


def may_see(row: models.Request, person: Person) -> bool:
    """Tell whether a request is this person's business: he made it, or is one of those who sign it."""
    if person.user_id in {row.maker_id, row.author_id}:
        return True
    owners: set[Owner] = {stage.owner_id for stage in stages_of(row)}
    if person.owner not in owners:
        return False
    theirs = people_of(person.owner)
    mine = {person.user_id, *_delegators(row, _delegations_to(person, None))}
    groups = {stage.group for stage in stages_of(row) if stage.owner_id == person.owner}
    return person.user_id in theirs and any(mine & holders(theirs, group) for group in groups)


def _delegations_to(person: Person, at: datetime | None) -> Sequence[models.Delegation]:
    when = Q() if at is None else Q(starts_at__lte=at, ends_at__gt=at)
    found = models.Delegation.objects.filter(
        when, delegate_id=person.user_id, owner_id=person.owner, revoked_at__isnull=True
    )
    return list(found.order_by("id"))


def _delegators(row: models.Request, delegations: Sequence[models.Delegation]) -> Sequence[UUID]:
    """Give those who delegated this to a person; their own authority, for none of theirs goes on."""
    return [one.delegator_id for one in delegations if _covers(one, row)]


def _covers(delegation: models.Delegation, row: models.Request) -> bool:
    if delegation.actions and row.action not in delegation.actions:
        return False
    if delegation.cap_minor is None:
        return True
    amount = amount_of(row)
    return (
        amount is not None
        and delegation.asset == str(amount.asset)
        and amount.minor <= int(delegation.cap_minor)
    )
