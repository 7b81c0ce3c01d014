"""Give one's signature; the last one carries out what was signed."""

from uuid import UUID

from django.db import transaction

from fondaco.kit import clock
from fondaco.kit.ids import encode
from fondaco.signing import models
from fondaco.signing.actions import traces
from fondaco.signing.actions.finishing import finish
from fondaco.signing.actions.locking import check_waits, lock_request
from fondaco.signing.errors import TermsChanged
from fondaco.signing.events import RequestSigned
from fondaco.signing.rows import describe
from fondaco.signing.turns import Round
from fondaco.signing.types import PREFIX, Person, Request


def sign(
    *, request_id: UUID, digest: str, signer: Person, group: str | None = None, comment: str = ""
) -> Request:
    """Sign the terms whose digest the signer saw; with the last signature the effect takes place.

    What the effect refuses is raised, and the signature is not given.

    :param group: which of several groups the signature is for; the fitting one unless told
    :raises TermsChanged: the terms are others by now
    :raises EffectRefused: it is the last one, and what was signed cannot be done now
    :raises AlreadySigned: this person, or the one for whom he signs, has signed in this round
    :raises MakerMayNotSign: he wrote the terms, or signs for one who did
    :raises SignatureNotWanted: no open stage wants him
    :raises IllegalMove: the request is over
    :raises RequestExpired: likewise
    :raises NotFound: there is none, or it is not his business
    """
    with transaction.atomic():
        row = lock_request(request_id, seen_by=signer)
        check_waits(row)
        if digest != row.digest:
            raise TermsChanged
        now = clock.now()
        now_open = Round(row)
        seat = now_open.find_seat(signer, at=now, group=group)
        models.Signature.objects.create(
            request=row,
            round=row.round,
            stage=seat.stage,
            signer_id=signer.user_id,
            holder_id=seat.holder_id,
            digest=digest,
            comment=comment,
            signed_at=now,
        )
        happened = RequestSigned(
            request=encode(PREFIX, row.id),
            action=row.action,
            about=row.subject,
            round=row.round,
            group=seat.stage.group,
            missing=now_open.missing - 1,
        )
        traces.leave(
            happened,
            verb="sign",
            by=signer.actor,
            detail={
                "round": row.round,
                "group": seat.stage.group,
                "for": encode("usr", seat.holder_id),
                "digest": digest,
            },
        )
        finish(row, by=signer.actor)
    return describe(row)
