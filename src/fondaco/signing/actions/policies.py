"""Change who signs what; the change is itself signed."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from django.db.models import Max
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fondaco.identity.types import CUSTOMER_PREFIX, customer_wire
from fondaco.kit import clock, ids
from fondaco.kit.errors import InvalidField
from fondaco.signing import bands, models
from fondaco.signing.actions.requests import propose
from fondaco.signing.effects import Effect, effects
from fondaco.signing.errors import SignersMissing
from fondaco.signing.people import holders, people_of
from fondaco.signing.types import Approval, Band, Owner, Person, Request, StageRule, Terms

KIND: Final = "signing.policy"
GROUP: Final = "signing:policies"


def _known(wire: str) -> str:
    """Give a customer's identifier back; what is none is a `ValueError`."""
    if wire:
        ids.decode(CUSTOMER_PREFIX, wire)
    return wire


class PolicyTerms(BaseModel):
    """Say who signs an action of an owner from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: Annotated[str, AfterValidator(_known)] = ""
    """A customer's identifier; empty: the house's."""
    action: str = Field(max_length=100, examples=["ledger.adjust"])
    bands: tuple[Band, ...] = Field(
        max_length=50, description="Empty: what the platform says by itself holds again."
    )

    @property
    def owner_id(self) -> Owner:
        """Give the owner."""
        return ids.decode(CUSTOMER_PREFIX, self.owner) if self.owner else None


def propose_policy(*, action: str, new: tuple[Band, ...], maker: Person) -> Request:
    """Propose that another policy shall say who signs an action of the maker's owner.

    :raises InvalidField: there is no such action, or the bands do not fit together
    :raises SignersMissing: too few people hold a group
    :raises RequestOpen: a change of the same policy waits
    """
    owner = "" if maker.owner is None else customer_wire(maker.owner)
    terms = PolicyTerms(owner=owner, action=action, bands=new)
    return propose(kind=KIND, terms=terms, maker=maker)


def _terms(shape: PolicyTerms) -> Terms:
    if shape.action not in effects():
        raise InvalidField("There is no such action.", field="action")
    bands.check(shape.bands)
    people = people_of(shape.owner_id)
    for number, band in enumerate(shape.bands):
        for rule in band.stages:
            if len(holders(people, rule.group)) < rule.required:
                raise SignersMissing(
                    f"Too few people hold {rule.group}.", field=f"bands.{number}.stages"
                )
    return Terms(subject=f"{shape.owner or 'house'}:{shape.action}", owners=(shape.owner_id,))


def _run(shape: PolicyTerms, approval: Approval) -> Mapping[str, Any]:
    """Write the next version; requests that wait keep the stages of their round."""
    rows = models.Policy.objects.filter(owner_id=shape.owner_id, action=shape.action)
    last: int | None = rows.aggregate(last=Max("version"))["last"]
    made = models.Policy.objects.create(
        owner_id=shape.owner_id,
        action=shape.action,
        version=(last or 0) + 1,
        bands=[band.model_dump(mode="json") for band in shape.bands],
        request_id=approval.request.id,
        created_at=clock.now(),
    )
    return {"version": made.version}


EFFECT: Final = Effect(
    kind=KIND,
    shape=PolicyTerms,
    terms=_terms,
    run=_run,
    bands=(Band(stages=(StageRule(group=GROUP, required=1),)),),
)
