"""How messages are tried: a claim, the call without any transaction, the record.

A message is on its way once its state says so. When a worker dies there, nobody knows whether it arrived: it
is tried again where the carrier takes the same message once, and left to an operator where it does not.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import reaching
from fondaco.identity.types import User
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.django import events, jobs, lifecycle
from fondaco.kit.django.transports import (
    TIMEOUT_S,
    Doubtful,
    Message,
    Refused,
    TransportError,
    Unreachable,
)
from fondaco.kit.errors import NotFound
from fondaco.notifications import carriers, models
from fondaco.notifications.errors import NothingToSend
from fondaco.notifications.events import MessageDied
from fondaco.notifications.markup import FORMS
from fondaco.notifications.rows import show_message
from fondaco.notifications.states import MESSAGE_LIFE, Channel, MessageState
from fondaco.notifications.types import Message as Shown, message_wire

QUEUE: Final = "notifications"
PAUSES: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3_600, 10_800, 21_600))
"""After each failed try but the last; a carrier that names a longer pause gets it."""
TRIES: Final = len(PAUSES) + 1
RETRY_AFTER_MAX: Final = timedelta(days=1)
LEASE: Final = timedelta(seconds=6 * TIMEOUT_S)
"""A try that takes longer belongs to a dead worker."""
PASS_S: Final = 30.0
"""A job goes on for so long, then makes room for others."""
_TEXT_MAX: Final = 255
_DIED: Final = frozenset({MessageState.DEAD, MessageState.DOUBTFUL})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """One try: what it came to counts only while no later one began."""

    row: models.Message
    recipient: str

    def is_held_by(self, row: models.Message) -> bool:
        return row.state == MessageState.SENDING and row.attempts == self.row.attempts


@jobs.task(queue=QUEUE, once="notifications:{channel}")
def send_channel(*, channel: str) -> None:
    """Try what is due by a channel; what is left over gets a job of its own."""
    if send_due(channel=Channel(channel), for_s=PASS_S):
        jobs.defer(send_channel, channel=channel)


def wake(channels: Iterable[Channel]) -> None:
    """Have what is due by some channels tried soon after the commit."""
    for channel in sorted(channels):
        transaction.on_commit(partial(jobs.defer, send_channel, channel=channel.value))


def list_due_channels() -> list[Channel]:
    """Give the channels by which something is due."""
    rows = models.Message.objects.filter(ended_at__isnull=True, due_at__lte=clock.now())
    return [Channel(one) for one in rows.order_by().values_list("channel", flat=True).distinct()]


def send_due(*, channel: Channel, for_s: float) -> bool:
    """Try what is due by a channel; tell whether the time was over before the work was."""
    ends = time.monotonic() + for_s
    while time.monotonic() < ends:
        found = _claim(channel)
        if found is None:
            return False
        if isinstance(found, _Claim):
            _try(found)
    return True


def resend(*, message_id: UUID, by: Actor) -> Shown:
    """Send a message again, with all tries anew; one that waits is tried at once.

    :raises NotFound: there is no such message
    :raises NothingToSend: what it said is destroyed
    :raises IllegalMove: it is being sent just now
    """
    with transaction.atomic():
        row = models.Message.objects.select_for_update(of=("self",)).filter(id=message_id).first()
        if row is None:
            raise NotFound("There is no such message.")
        if row.content is None:
            raise NothingToSend
        if row.channel == Channel.IN_APP:
            return show_message(row)
        if row.state != MessageState.WAITING:
            row.ended_at = None
            _move_and_save(row, MessageState.WAITING, by=by)
        row.attempts, row.due_at = 0, clock.now()
        row.save(update_fields=["attempts", "due_at"])
        audit.record(by=by, action="notifications.message.resend", subject=message_wire(row.id))
        wake({Channel(row.channel)})
    return show_message(row)


def cancel(row: models.Message, *, note: str) -> None:
    """End a message that waits, in the caller's transaction."""
    row.ended_at = clock.now()
    _move_and_save(row, MessageState.CANCELLED, by=SYSTEM, note=note)


def _claim(channel: Channel) -> _Claim | models.Message | None:
    """Take a message for one try; a message alone was ended instead, none: nothing is due."""
    now = clock.now()
    with transaction.atomic():
        rows = models.Message.objects.filter(
            channel=channel, ended_at__isnull=True, due_at__lte=now
        )
        row = rows.select_for_update(skip_locked=True, of=("self",)).order_by("due_at").first()
        if row is None:
            return None
        if row.state == MessageState.SENDING and not _is_taken_once(channel):
            _end(row, MessageState.DOUBTFUL, "a worker died while sending", now)
            return row
        recipient = _recipient(row)
        if not recipient or row.content is None:
            if row.state == MessageState.SENDING:
                _end(row, MessageState.DOUBTFUL, "a worker died while sending", now)
            else:
                cancel(row, note="cannot be reached by this channel any more")
            return row
        row.attempts, row.due_at = row.attempts + 1, now + LEASE
        _move_and_save(row, MessageState.SENDING, by=SYSTEM)
    return _Claim(row, recipient)


def _try(claim: _Claim) -> None:
    row, channel = claim.row, Channel(claim.row.channel)
    content: Any = row.content
    message = Message(
        channel=carriers.road_of(channel),
        recipient=claim.recipient,
        text=content["text"],
        subject=content["subject"],
        html=content["html"],
        headers=content["headers"],
        is_marked_up=FORMS[channel].tags is not None,
    )
    try:
        receipt = carriers.carrier_of(channel).send(message, delivery_id=row.id)
    except TransportError as error:
        _record_failure(claim, error)
    else:
        _record_success(claim, receipt)


def _record_success(claim: _Claim, receipt: str) -> None:
    with transaction.atomic():
        row = models.Message.objects.select_for_update(of=("self",)).get(id=claim.row.id)
        if claim.is_held_by(row):
            row.receipt = receipt[:_TEXT_MAX]
            _end(row, MessageState.SENT, "", clock.now())


def _record_failure(claim: _Claim, error: TransportError) -> None:
    now = clock.now()
    with transaction.atomic():
        row = models.Message.objects.select_for_update(of=("self",)).get(id=claim.row.id)
        if not claim.is_held_by(row):
            return
        reason = str(error)[:_TEXT_MAX]
        if isinstance(error, Doubtful) and not _is_taken_once(Channel(row.channel)):
            _end(row, MessageState.DOUBTFUL, reason, now)
        elif isinstance(error, Refused) or row.attempts >= TRIES:
            _end(row, MessageState.DEAD, reason, now)
        else:
            row.due_at, row.error = now + _pause(row.attempts, error), reason
            _move_and_save(row, MessageState.WAITING, by=SYSTEM, note=reason)


def _end(row: models.Message, state: MessageState, reason: str, now: datetime) -> None:
    """End a message; where an operator must see to it, say so."""
    row.ended_at, row.error = now, reason
    _move_and_save(row, state, by=SYSTEM, note=reason)
    if state not in _DIED:
        return
    log.warning("message.died", message=str(row.id), channel=row.channel, state=state.value)
    if row.notice != "message_died":  # an alert that fails does not alert
        event = MessageDied(
            message=message_wire(row.id),
            notice=row.notice,
            channel=row.channel,
            state=state.value,
            attempts=row.attempts,
            reason=reason,
        )
        events.publish(event, by=SYSTEM)


def _move_and_save(row: models.Message, to: MessageState, *, by: Actor, note: str = "") -> None:
    """Move a locked row, whose end and state change together since the table demands that they agree."""
    MESSAGE_LIFE.check(MessageState(row.state), to)
    before, row.state = row.state, to.value
    row.save(update_fields=["state", "attempts", "due_at", "ended_at", "receipt", "error"])
    lifecycle.record(
        row, state_from=before, state_to=to.value, history=models.MessageStep, by=by, note=note
    )


def _pause(attempts: int, error: TransportError) -> timedelta:
    asked_s = error.retry_after_s if isinstance(error, Unreachable) else 0
    return max(PAUSES[attempts - 1], min(timedelta(seconds=asked_s), RETRY_AFTER_MAX))


def _is_taken_once(channel: Channel) -> bool:
    try:
        return carriers.carrier_of(channel).is_idempotent
    except Refused:
        return False


def _recipient(row: models.Message) -> str:
    """Give where a message goes now; empty where the person cannot be reached any more."""
    if row.user_id is None:
        return row.address.partition(":")[2]
    user = reaching.get_users([row.user_id]).get(row.user_id)
    return _address(user, Channel(row.channel)) if user else ""


def _address(user: User, channel: Channel) -> str:
    match channel:
        case Channel.EMAIL:
            return (user.email or "") if user.email_verified_at else ""
        case Channel.SMS:
            return (user.phone or "") if user.phone_verified_at else ""
        case Channel.TELEGRAM:
            return str(user.telegram_id or "")
        case Channel.SLACK:
            rows = models.SlackMember.objects.filter(user_id=user.id, verified_at__isnull=False)
            found = rows.first()
            return found.member if found else ""
        case _:
            return ""
