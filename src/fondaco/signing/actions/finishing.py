"""What happens when nothing is missing any more: the effect, in the transaction that made it so."""

from fondaco.kit.access import Actor
from fondaco.kit.errors import DomainError, Kind
from fondaco.signing import content, models
from fondaco.signing.actions import traces
from fondaco.signing.effects import effects, read
from fondaco.signing.errors import EffectRefused, TermsChanged
from fondaco.signing.rows import content_of, describe
from fondaco.signing.states import RequestState
from fondaco.signing.turns import Round
from fondaco.signing.types import Approval


def finish(row: models.Request, *, by: Actor) -> int:
    """Carry a locked request out when all have signed; give how many signatures are still missing.

    :raises TermsChanged: the row holds other terms than those that were signed
    :raises EffectRefused: what was signed cannot be done now
    """
    missing = Round(row).missing
    if missing:
        return missing
    digest = content.digest(content_of(row))
    signed = row.signatures.filter(round=row.round).values_list("digest", flat=True)
    if {digest, *signed} != {row.digest}:
        raise TermsChanged
    effect = effects()[row.action]
    traces.end(row, to=RequestState.DONE, verb="carry_out", by=by)
    try:
        result = effect.run(read(effect, row.terms), Approval(request=describe(row), by=by))
    except DomainError as error:
        if error.kind is Kind.UNAVAILABLE:
            raise
        raise EffectRefused(error.detail, facts={**error.facts, "reason": error.code}) from error
    row.result = dict(result)
    row.save(update_fields=["result"])
    return 0
