"""What each change of a request leaves: a move, an event, an audit row."""

from collections.abc import Mapping
from typing import Any

from fondaco.audit import actions as audit
from fondaco.kit.access import Actor
from fondaco.kit.django import events, lifecycle
from fondaco.kit.ids import encode
from fondaco.signing import models
from fondaco.signing.events import RequestEnded, RequestProposed, RequestSigned
from fondaco.signing.states import REQUEST_LIFE, RequestState
from fondaco.signing.types import PREFIX


def leave(
    happened: RequestProposed | RequestSigned | RequestEnded,
    *,
    verb: str,
    by: Actor,
    detail: Mapping[str, Any],
) -> None:
    """Write the event and the audit row."""
    events.publish(happened, by=by)
    facts = {"action": happened.action, "about": happened.about, **detail}
    audit.record(by=by, action=f"signing.request.{verb}", subject=happened.request, detail=facts)


def begin_round(row: models.Request, *, verb: str, by: Actor) -> None:
    """Write down that a round began."""
    lifecycle.record(
        row,
        state_from="" if row.round == 1 else RequestState.WAITING.value,
        state_to=RequestState.WAITING.value,
        history=models.RequestStep,
        by=by,
        note=f"Round {row.round}",
    )
    happened = RequestProposed(
        request=encode(PREFIX, row.id),
        action=row.action,
        about=row.subject,
        round=row.round,
        digest=row.digest,
    )
    leave(happened, verb=verb, by=by, detail={"round": row.round, "digest": row.digest})


def end(row: models.Request, *, to: RequestState, verb: str, by: Actor, reason: str = "") -> None:
    """Move a locked request to its end, and write it down.

    :raises IllegalMove: it is over already
    """
    lifecycle.move(row, to=to, life=REQUEST_LIFE, history=models.RequestStep, by=by, note=reason)
    happened = RequestEnded(
        request=encode(PREFIX, row.id), action=row.action, about=row.subject, state=to.value
    )
    leave(happened, verb=verb, by=by, detail={"round": row.round, "reason": reason})
