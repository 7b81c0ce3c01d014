"""Lock a request after its subject, which may be of a domain above: the layers are the order of locks."""

from uuid import UUID

from fondaco.kit import clock
from fondaco.kit.errors import NotFound
from fondaco.signing import models
from fondaco.signing.effects import effects
from fondaco.signing.errors import RequestExpired
from fondaco.signing.states import REQUEST_LIFE, RequestState
from fondaco.signing.turns import may_see
from fondaco.signing.types import Person


def lock_request(request_id: UUID, *, seen_by: Person | None = None) -> models.Request:
    """Lock a request until the transaction ends; where a person is named, one that is his business.

    :raises NotFound: there is none
    """
    rows = models.Request.objects.filter(id=request_id)
    found = rows.first()
    if found is None or (seen_by is not None and not may_see(found, seen_by)):
        raise NotFound
    effects()[found.action].lock(found.subject)
    return rows.select_for_update().get()


def check_waits(row: models.Request) -> None:
    """Pass silently when a locked request still waits for signatures.

    :raises IllegalMove: it is over
    :raises RequestExpired: its time is over, and the job has not come by yet
    """
    REQUEST_LIFE.check(RequestState(row.state), RequestState.DONE)
    if row.expires_at <= clock.now():
        raise RequestExpired
