"""Stop things at once, alone; and let them go on, two together."""

from uuid import UUID

from django.db import IntegrityError, transaction

from fondaco.audit import actions as audit
from fondaco.identity.queries import get_customers
from fondaco.identity.types import CUSTOMER_PREFIX
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.ids import InvalidId, decode, encode, uuid7
from fondaco.policies import book, models
from fondaco.policies.errors import StopIsSet
from fondaco.policies.events import StopLifted, StopSet
from fondaco.policies.rows import show_stop
from fondaco.policies.types import STOP_PREFIX, Operation, Stop, StopScope


def set_stop(*, scope: StopScope, value: str, reason: str, by: Actor) -> Stop:
    """Stop everything, an operation, a currency, a provider or a customer, in all processes within a second.

    :raises StopIsSet: it is stopped already
    :raises InvalidField: there is nothing of this name
    """
    _check_value(scope, value)
    try:
        with transaction.atomic():
            row = models.Stop.objects.create(
                id=uuid7(),
                scope=scope.value,
                value=value,
                reason=reason,
                set_by=str(by),
                set_at=clock.now(),
            )
            book.turn_page()
            wire = encode(STOP_PREFIX, row.id)
            told = StopSet(stop=wire, scope=scope.value, value=value, reason=reason)
            events.publish(told, by=by)
            audit.record(
                by=by,
                action="policies.stop.set",
                subject=wire,
                detail={"scope": scope.value, "value": value, "reason": reason},
            )
    except IntegrityError as error:
        if "policies_stop_is_set_once" not in str(error):
            raise
        raise StopIsSet from error
    return show_stop(row)


def lift_stop(*, stop_id: UUID, by: Actor) -> Stop:
    """Let go on what was stopped. Only signatures of two persons lead here (``signed``).

    :raises NotFound: nothing is stopped by it
    """
    with transaction.atomic():
        row = (
            models.Stop.objects.select_for_update()
            .filter(id=stop_id, lifted_at__isnull=True)
            .first()
        )
        if row is None:
            raise NotFound
        row.lifted_at, row.lifted_by = clock.now(), str(by)
        row.save(update_fields=["lifted_at", "lifted_by"])
        book.turn_page()
        wire = encode(STOP_PREFIX, row.id)
        events.publish(StopLifted(stop=wire, scope=row.scope, value=row.value), by=by)
        audit.record(
            by=by,
            action="policies.stop.lift",
            subject=wire,
            detail={"scope": row.scope, "value": row.value},
        )
    return show_stop(row)


def _check_value(scope: StopScope, value: str) -> None:
    match scope:
        case StopScope.ALL:
            exists = not value
        case StopScope.OPERATION:
            exists = value in {operation.value for operation in Operation}
        case StopScope.CUSTOMER:
            exists = _is_customer(value)
        case _:
            exists = bool(value)
    if not exists:
        raise InvalidField("There is nothing of this name to stop.", field="value")


def _is_customer(wire: str) -> bool:
    try:
        customer_id = decode(CUSTOMER_PREFIX, wire)
    except InvalidId:
        return False
    return bool(get_customers([customer_id]))
