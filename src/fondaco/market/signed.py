"""How a pair gets its price takes effect by signatures, once the house has a policy for it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.errors import SignatureRequired
from fondaco.market import actions, queries
from fondaco.market.states import PriceMode
from fondaco.market.types import Guards, MarketPair, PairTerms
from fondaco.market.validation import check_terms
from fondaco.signing import queries as signing
from fondaco.signing.effects import Effect
from fondaco.signing.types import Approval, Terms

PRICING: Final = "market.pair"

_Price = Annotated[str, Field(max_length=42, pattern=r"^[0-9]{1,19}(\.[0-9]{1,38})?$")]


class PricingTerms(BaseModel):
    """One pair, and all that says how it gets its price."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair: str = Field(max_length=70)
    mode: PriceMode
    static_price: _Price | None = None
    formula: str = Field(default="", max_length=500)
    sources: tuple[Annotated[str, Field(max_length=20)], ...] = Field(default=(), max_length=10)
    symbol: str = Field(default="", max_length=41)
    markup_bps: int = 0
    deviation_bps_max: int = Guards().deviation_bps_max
    jump_bps_max: int = Guards().jump_bps_max
    quote_lifetime_s: int = 30
    is_enabled: bool = True
    version: int = Field(ge=1)

    @classmethod
    def of(cls, pair: MarketPair, terms: PairTerms, *, is_enabled: bool, version: int) -> Self:
        """Write terms down."""
        price = terms.static_price
        return cls(
            pair=pair.base_name,
            mode=terms.mode,
            static_price=None if price is None else f"{price:f}",
            formula=terms.formula,
            sources=terms.sources,
            symbol=terms.symbol,
            markup_bps=terms.markup_bps,
            deviation_bps_max=terms.guards.deviation_bps_max,
            jump_bps_max=terms.guards.jump_bps_max,
            quote_lifetime_s=terms.quote_lifetime_s,
            is_enabled=is_enabled,
            version=version,
        )

    def read(self) -> PairTerms:
        """Give the terms that are written here."""
        return PairTerms(
            mode=self.mode,
            static_price=None if self.static_price is None else Decimal(self.static_price),
            formula=self.formula,
            sources=self.sources,
            symbol=self.symbol,
            markup_bps=self.markup_bps,
            guards=Guards(deviation_bps_max=self.deviation_bps_max, jump_bps_max=self.jump_bps_max),
            quote_lifetime_s=self.quote_lifetime_s,
        )


def check_alone(*, by: Actor) -> None:
    """Pass silently when one operator may say alone how pairs get their prices.

    :raises SignatureRequired: the house has a policy for it
    """
    is_direct = signing.is_direct(owner=None, action=PRICING, amount=None)
    if by.kind is not ActorKind.SYSTEM and not is_direct:
        raise SignatureRequired(facts={"action": PRICING})


def _terms(shape: PricingTerms) -> Terms:
    pair = queries.get_pair(name=shape.pair)
    check_terms(shape.read(), base=pair.base.code, quote=pair.quote.code)
    return Terms(subject=pair.base_name)


def _run(shape: PricingTerms, approval: Approval) -> Mapping[str, Any]:
    changed = actions.change_pair(
        name=shape.pair,
        terms=shape.read(),
        is_enabled=shape.is_enabled,
        version=shape.version,
        by=approval.by,
    )
    return {"pair": changed.name, "version": changed.version}


EFFECT: Final = Effect(kind=PRICING, shape=PricingTerms, terms=_terms, run=_run)
