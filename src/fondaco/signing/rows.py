"""Turn rows into what crosses the border."""

from collections.abc import Iterable, Mapping
from typing import Any

from fondaco.identity.types import customer_wire
from fondaco.kit.ids import encode
from fondaco.money import Asset, Money
from fondaco.signing import models
from fondaco.signing.states import RequestState
from fondaco.signing.types import (
    PREFIX,
    Band,
    Delegation,
    Policy,
    Request,
    RequestId,
    Signature,
    Stage,
)


def describe(row: models.Request) -> Request:
    """Turn a request into what crosses the border, with its stages and signatures."""
    stages = {one.id: one for one in row.stages.all()}
    return Request(
        id=RequestId(row.id),
        action=row.action,
        subject=row.subject,
        terms=row.terms,
        amount=amount_of(row),
        maker_id=row.maker_id,
        author_id=row.author_id,
        round=row.round,
        digest=row.digest,
        content=content_of(row),
        state=RequestState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        result=row.result,
        stages=tuple(_stage(one) for one in _present(stages.values(), row.round)),
        signatures=tuple(
            Signature(
                round=one.round,
                group=stages[one.stage_id].group,
                signer_id=one.signer_id,
                holder_id=one.holder_id,
                digest=one.digest,
                comment=one.comment,
                signed_at=one.signed_at,
            )
            for one in sorted(row.signatures.all(), key=lambda one: one.id)
        ),
    )


def content_of(row: models.Request) -> Mapping[str, Any]:
    """Give what is signed: the terms, their round, and who signs them."""
    amount = amount_of(row)
    return {
        "request": encode(PREFIX, row.id),
        "round": row.round,
        "action": row.action,
        "subject": row.subject,
        "amount": None
        if amount is None
        else {"amount": amount.to_text(), "currency": amount.asset.code},
        "terms": row.terms,
        "stages": [
            {
                "step": one.step,
                "owner": customer_wire(one.owner_id) if one.owner_id else None,
                "group": one.group,
                "required": one.required,
            }
            for one in stages_of(row)
        ],
    }


def stages_of(row: models.Request) -> list[models.Stage]:
    """Give the stages of the present round in their order."""
    return _present(row.stages.all(), row.round)


def _present(stages: Iterable[models.Stage], present_round: int) -> list[models.Stage]:
    """Choose here and not in SQL, so that the stages of many requests can be read at once."""
    present = [stage for stage in stages if stage.round == present_round]
    return sorted(present, key=lambda stage: (stage.step, stage.id))


def amount_of(row: models.Request) -> Money | None:
    """Give what policies measure."""
    if row.amount_minor is None:
        return None
    return Money(int(row.amount_minor), Asset.parse(row.asset))


def describe_policy(row: models.Policy) -> Policy:
    """Turn a policy into what crosses the border."""
    return Policy(
        owner=row.owner_id,
        action=row.action,
        version=row.version,
        bands=tuple(Band.model_validate(one) for one in row.bands),
        created_at=row.created_at,
    )


def describe_delegation(row: models.Delegation) -> Delegation:
    """Turn a delegation into what crosses the border."""
    return Delegation(
        id=row.id,
        delegator_id=row.delegator_id,
        delegate_id=row.delegate_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        actions=tuple(row.actions),
        cap=None if row.cap_minor is None else Money(int(row.cap_minor), Asset.parse(row.asset)),
        reason=row.reason,
        revoked_at=row.revoked_at,
    )


def _stage(row: models.Stage) -> Stage:
    return Stage(
        step=row.step,
        owner=row.owner_id,
        group=row.group,
        required=row.required,
        maker_signs=row.maker_signs,
    )
