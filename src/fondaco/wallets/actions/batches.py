"""Many charges of one merchant in one pass of the intake, each with its own fate.

Every item has a key of its own, made of the batch's key and its place, so that a batch that is sent again
after a crash or a time-out charges nobody twice and gives each item its first answer.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from fondaco.kit.access import Actor
from fondaco.kit.django import idempotency
from fondaco.kit.django.idempotency import IdempotencyInProgress, Key
from fondaco.kit.errors import DomainError, Kind
from fondaco.ledger import actions as ledger
from fondaco.ledger.types import Submission
from fondaco.wallets.actions.charges import (
    notice_closed,
    payee_of,
    payer_ask,
    prepare_charge,
)
from fondaco.wallets.actions.submission import answered
from fondaco.wallets.queries.parties import find_payers
from fondaco.wallets.types import Answered, ChargeAsk, Once


def charge_many(
    *, merchant_id: UUID, asks: Sequence[ChargeAsk], once: Once, by: Actor
) -> list[Answered]:
    """Charge many wallets; gives an answer for each, in order, a refusal too.

    :raises KeyReused: the key was used for another batch
    """
    each = [replace(once, key=_item_key(once.key, index)) for index in range(len(asks))]
    answers = _replays(each)
    fresh = [index for index in range(len(asks)) if index not in answers]
    payers = find_payers([payer_ask(asks[index], merchant_id=merchant_id) for index in fresh])
    prepared: dict[int, Submission] = {}
    refused: dict[int, DomainError] = {}
    for index, payer in zip(fresh, payers, strict=True):
        ask = asks[index]
        try:
            prepared[index] = prepare_charge(
                ask,
                payer=payer,
                payee=payee_of(merchant_id=merchant_id, asset=ask.amount.asset, by=by),
                merchant_id=merchant_id,
                once=each[index],
                by=by,
            )
        except DomainError as refusal:
            refused[index] = refusal
    answers |= _submit(prepared, merchant_id, asks, by=by)
    answers |= _refuse(refused, each)
    return [answers[index] for index in range(len(asks))]


def _item_key(key: Key, index: int) -> Key:
    return Key.make(scope=key.digest.hex(), operation="item", key=str(index), body=key.fingerprint)


def _replays(each: Sequence[Once]) -> dict[int, Answered]:
    """Give the stored answers of items that were answered before.

    :raises KeyReused: one was given to another body
    """
    with connection.cursor() as cursor:
        stored = idempotency.find(cursor, [item.key for item in each])
    return {
        index: Answered(stored[item.key.digest].replay(item.key), replayed=True)
        for index, item in enumerate(each)
        if item.key.digest in stored
    }


def _submit(
    prepared: dict[int, Submission], merchant_id: UUID, asks: Sequence[ChargeAsk], *, by: Actor
) -> dict[int, Answered]:
    if not prepared:
        return {}
    submitted = ledger.submit_all(list(prepared.values()), by=by)
    answers: dict[int, Answered] = {}
    for index, done in zip(prepared, submitted, strict=True):
        notice_closed(done, merchant_id=merchant_id, asset=asks[index].amount.asset)
        answers[index] = answered(done.answer, replayed=done.replayed)
    return answers


def _refuse(refused: dict[int, DomainError], each: Sequence[Once]) -> dict[int, Answered]:
    """Store and give the refusals of what could not be sent to the ledger at all.

    :raises IdempotencyInProgress: the same batch is at work elsewhere
    """
    answers = {index: each[index].refused(refusal) for index, refusal in refused.items()}
    final = [index for index, refusal in refused.items() if refusal.kind is not Kind.UNAVAILABLE]
    rows = [(each[index].key, answers[index]) for index in final]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            idempotency.insert(cursor, rows)
    except IntegrityError as error:
        raise IdempotencyInProgress(retry_after_s=1) from error
    return {index: Answered(told, replayed=False) for index, told in answers.items()}
