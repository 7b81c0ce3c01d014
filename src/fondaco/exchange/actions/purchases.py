"""Buy coins for money. Requests that come at the same time share one transaction.

While one batch of requests commits, the next one gathers; a request that is alone goes at once. Each keeps
its own key, answer and refusal, so nobody can tell from his answer that he shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction

from fondaco.exchange.actions.placing import Placing, place, place_all
from fondaco.exchange.types import Ask, Exchange
from fondaco.kit.access import Actor
from fondaco.kit.django import idempotency, locks, nonces
from fondaco.kit.django.gathering import Gathering
from fondaco.kit.django.idempotency import Answer, Key, Remembered
from fondaco.kit.errors import DomainError, Kind
from fondaco.wallets.types import Answered, Once

TRIES: Final = 3
_PASSING: Final = frozenset({Kind.UNAUTHENTICATED, Kind.THROTTLED, Kind.UNAVAILABLE})
"""Refusals that another try may not meet; they are not stored under the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    customer_id: UUID
    ask: Ask
    once: Once
    by: Actor


_Told = Answered | Exception
"""What a request comes to: its answer, or what is raised to its caller."""


def purchase(*, customer_id: UUID, ask: Ask, once: Once, by: Actor) -> Answered:
    """Take a purchase under a key, and give the answer that is now stored under it.

    :raises KeyReused: the key was used for something else
    :raises DomainError: a refusal that another try may not meet
    """
    request = _Request(customer_id=customer_id, ask=ask, once=once, by=by)
    if ask.quote_id is not None or nonces.find_held() is not None:
        # A quote that is taken for nothing, and a signed request's nonce, are undone and written with
        # their own request alone.
        return alone(request)
    told = _gathering.find(request)
    if isinstance(told, Answered):
        return told
    assert told is not None
    raise told


def alone(request: _Request) -> Answered:
    """Take one purchase in a transaction of its own."""

    def perform() -> Answer:
        placing = Placing(customer_id=request.customer_id, ask=request.ask, by=request.by)
        return _answer(request.once, place(placing), placing.refusal)

    answer, replayed = locks.retrying(
        lambda: idempotency.once(request.once.key, perform, refusal=request.once.refused)
    )
    return Answered(answer, replayed=replayed)


def _take(requests: Sequence[_Request]) -> Sequence[_Told]:
    """Take requests together; where that cannot be, each alone, so that one spoils no other."""
    try:
        return locks.retrying(lambda: _together(requests))
    except (DatabaseError, DomainError):
        return [_one(request) for request in requests]


def _one(request: _Request) -> _Told:
    try:
        return alone(request)
    except Exception as error:  # noqa: BLE001 - it is raised to the request's own caller
        return error


def _together(requests: Sequence[_Request]) -> Sequence[_Told]:
    for _ in range(TRIES):
        try:
            with transaction.atomic(durable=True):
                return _share(requests)
        except IntegrityError:
            # Another process answered one of the keys meanwhile; now its answer can be seen.
            continue
    raise IntegrityError("the keys of this batch are answered again and again")


def _share(requests: Sequence[_Request]) -> Sequence[_Told]:
    keys = {request.once.key.digest: request.once.key for request in requests}
    with connection.cursor() as cursor:
        known = idempotency.find(cursor, keys.values())
    first: dict[bytes, Placing] = {}
    for request in requests:
        digest = request.once.key.digest
        if digest not in known and digest not in first:
            first[digest] = Placing(customer_id=request.customer_id, ask=request.ask, by=request.by)
    place_all(list(first.values()))
    told, fresh = [], dict[bytes, tuple[Key, Answer]]()
    for request in requests:
        key = request.once.key
        placing = first.get(key.digest)
        if placing is None:
            told.append(_replay(known[key.digest], key))
        elif key.digest in fresh:
            earlier, answer = fresh[key.digest]
            told.append(_replay(Remembered(earlier.fingerprint, answer), key))
        else:
            told.append(_tell(request, placing, fresh))
    with connection.cursor() as cursor:
        idempotency.insert(cursor, list(fresh.values()))
    return told


def _tell(request: _Request, placing: Placing, fresh: dict[bytes, tuple[Key, Answer]]) -> _Told:
    refusal = placing.refusal
    if refusal is not None and refusal.kind in _PASSING:
        return refusal
    answer = _answer(request.once, placing.exchange, refusal)
    fresh[request.once.key.digest] = (request.once.key, answer)
    return Answered(answer, replayed=False)


def _answer(once: Once, exchange: Exchange | None, refusal: DomainError | None) -> Answer:
    if refusal is not None:
        return once.refused(refusal)
    return once.done(exchange)


def _replay(remembered: Remembered, key: Key) -> _Told:
    try:
        return Answered(remembered.replay(key), replayed=True)
    except DomainError as error:
        return error


_gathering: Final[Gathering[_Request, _Told]] = Gathering(_take)
