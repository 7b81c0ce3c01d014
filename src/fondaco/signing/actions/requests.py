"""Ask for signatures, change what is asked, and end it without effect."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from pydantic import BaseModel

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.errors import InvalidField
from fondaco.kit.ids import uuid7
from fondaco.signing import content, models, queries
from fondaco.signing.actions import traces
from fondaco.signing.actions.finishing import finish
from fondaco.signing.actions.locking import check_waits, lock_request
from fondaco.signing.effects import Effect, effects, read
from fondaco.signing.errors import MakerMayNotSign, RequestOpen
from fondaco.signing.rows import content_of, describe
from fondaco.signing.states import RequestState
from fondaco.signing.turns import Round
from fondaco.signing.types import Person, Request, Terms


def propose(*, kind: str, terms: BaseModel | Mapping[str, Any], maker: Person) -> Request:
    """Ask for the signatures that the policies of all sides want; where they want none, it is done at once.

    :raises InvalidField: the terms cannot be taken
    :raises NoBand: no policy says who signs
    :raises SignersMissing: those who hold the groups today could not complete it
    :raises RequestOpen: a request about the same subject waits
    """
    effect = effects()[kind]
    raw = terms.model_dump(mode="json") if isinstance(terms, BaseModel) else terms
    shape, told = _read(effect, raw)
    now = clock.now()
    try:
        with transaction.atomic():
            row = models.Request(
                id=uuid7(),
                action=kind,
                subject=told.subject,
                maker_id=maker.user_id,
                author_id=maker.user_id,
                state=RequestState.WAITING,
                created_at=now,
                round=1,
            )
            _write_round(row, shape, told, now)
            traces.begin_round(row, verb="propose", by=maker.actor)
            finish(row, by=maker.actor)
    except IntegrityError as error:
        if "signing_one_request_waits_about_a_subject" not in str(error):
            raise
        raise RequestOpen from error
    return describe(row)


def amend(*, request_id: UUID, terms: Mapping[str, Any], author: Person) -> Request:
    """Put other terms in the place of a request's: a new round begins, and all signatures are void.

    Its maker may, and whoever's signature is wanted now.

    :raises InvalidField: the terms cannot be taken, or are about another subject
    :raises NoBand: no policy says who signs
    :raises SignersMissing: those who hold the groups today could not complete it
    :raises IllegalMove: the request is over
    :raises RequestExpired: likewise
    :raises SignatureNotWanted: the author has no say now
    :raises NotFound: there is none, or it is not his business
    """
    with transaction.atomic():
        row = lock_request(request_id, seen_by=author)
        check_waits(row)
        _check_has_say(row, author)
        shape, told = _read(effects()[row.action], terms)
        if told.subject != row.subject:
            raise InvalidField("The terms are about something else.", field="terms")
        row.round, row.author_id = row.round + 1, author.user_id
        _write_round(row, shape, told, clock.now())
        traces.begin_round(row, verb="amend", by=author.actor)
        finish(row, by=author.actor)
    return describe(row)


def refuse(*, request_id: UUID, reason: str, person: Person) -> Request:
    """Say no as one whose signature is wanted now: the request ends without effect.

    :raises IllegalMove: the request is over
    :raises RequestExpired: likewise
    :raises SignatureNotWanted: it is not this person's turn
    :raises AlreadySigned: he has signed
    :raises MakerMayNotSign: it is his own; he withdraws it
    :raises NotFound: there is none, or it is not his business
    """
    with transaction.atomic():
        row = lock_request(request_id, seen_by=person)
        check_waits(row)
        Round(row).find_seat(person, at=clock.now())
        _end(row, to=RequestState.REFUSED, verb="refuse", by=person.actor, reason=reason)
    return describe(row)


def withdraw(*, request_id: UUID, reason: str, person: Person) -> Request:
    """Take one's own request back before all have signed.

    :raises IllegalMove: the request is over
    :raises MakerMayNotSign: somebody else made it
    :raises NotFound: there is none, or it is not his business
    """
    with transaction.atomic():
        row = lock_request(request_id, seen_by=person)
        if row.maker_id != person.user_id:
            raise MakerMayNotSign("Its maker alone takes it back; refuse it instead.")
        _end(row, to=RequestState.WITHDRAWN, verb="withdraw", by=person.actor, reason=reason)
    return describe(row)


def expire_requests(*, at: datetime, by: Actor) -> int:
    """End the requests whose time is over, each in a transaction of its own; give how many."""
    due = models.Request.objects.filter(state=RequestState.WAITING, expires_at__lte=at)
    return sum(_expire(request_id, at, by) for request_id in due.values_list("id", flat=True))


def _expire(request_id: UUID, at: datetime, by: Actor) -> bool:
    with transaction.atomic():
        row = lock_request(request_id)
        if row.state != RequestState.WAITING or row.expires_at > at:
            return False
        _end(row, to=RequestState.EXPIRED, verb="expire", by=by, reason="")
    return True


def _end(row: models.Request, *, to: RequestState, verb: str, by: Actor, reason: str) -> None:
    traces.end(row, to=to, verb=verb, by=by, reason=reason)
    effects()[row.action].ended(describe(row))


def _read(effect: Effect[Any], raw: Mapping[str, Any]) -> tuple[BaseModel, Terms]:
    shape: BaseModel = read(effect, raw)
    return shape, effect.terms(shape)


def _check_has_say(row: models.Request, person: Person) -> None:
    if person.user_id not in {row.maker_id, row.author_id}:
        Round(row).find_seat(person, at=clock.now())


def _write_round(row: models.Request, shape: BaseModel, told: Terms, now: datetime) -> None:
    """Write the present round: its terms, the stages that policies want now, and the digest of both."""
    wanted = [
        (owner, queries.get_band(owner=owner, action=row.action, amount=told.amount))
        for owner in told.owners
    ]
    row.terms = shape.model_dump(mode="json")
    row.asset = "" if told.amount is None else str(told.amount.asset)
    row.amount_minor = None if told.amount is None else told.amount.minor
    row.expires_at = now + timedelta(hours=min(band.expires_h for _, band in wanted))
    row.save()
    step = 0
    for owner, band in wanted:
        for rule in band.stages:
            models.Stage.objects.create(
                request=row,
                round=row.round,
                step=step,
                owner_id=owner,
                group=rule.group,
                required=rule.required,
                maker_signs=band.maker_signs,
            )
            step += band.in_order
        step += not band.in_order
    row.digest = content.digest(content_of(row))
    row.save(update_fields=["digest"])
    Round(row).check_completable()
