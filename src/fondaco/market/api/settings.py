"""Shapes of what operators set up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from fondaco.kit.django.api.schemas import Currency, Strict, Text
from fondaco.kit.errors import InvalidField
from fondaco.market.api.shapes import PairName, Price, UsedOut
from fondaco.market.queries.previews import Preview
from fondaco.market.rows import price_text
from fondaco.market.states import CurrencyKind, CurrencyUse, PriceMode, SourceKind
from fondaco.market.types import (
    Guards,
    MarketPair,
    MarketSource,
    NewCurrency,
    PairTerms,
    SourceTerms,
)
from fondaco.money import Asset, InvalidAsset

Reason = Annotated[Text, Field(min_length=1, max_length=300)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,19}$", examples=["kraken"])]
Version = Annotated[int, Field(ge=1, description="The one that was read.")]


class NewCurrencyIn(Strict):
    """Take a currency that the house is to know."""

    code: Currency
    name: Annotated[Text, Field(min_length=1, max_length=60)]
    kind: CurrencyKind
    scale: Annotated[int, Field(ge=0, le=18)]
    network: Annotated[Text, Field(max_length=20)] = ""
    contract: Annotated[Text, Field(max_length=100)] = ""
    uses: tuple[CurrencyUse, ...] = ()

    def to_new(self) -> NewCurrency:
        """Read it.

        :raises InvalidField: the code is none
        """
        try:
            asset = Asset(self.code, self.scale)
        except InvalidAsset as wrong:
            raise InvalidField(f"{str(wrong).capitalize()}.", field="code") from None
        return NewCurrency(
            asset=asset,
            name=self.name,
            kind=self.kind,
            network=self.network,
            contract=self.contract,
            uses=frozenset(self.uses),
        )


class CurrencyChangeIn(Strict):
    """Take what of a currency can change."""

    name: Annotated[Text, Field(min_length=1, max_length=60)]
    uses: list[CurrencyUse]
    is_enabled: bool
    version: Version


class SourceIn(Strict):
    """Take how a source is asked."""

    label: Annotated[Text, Field(max_length=60)] = ""
    base_url: Annotated[Text, Field(max_length=200)] = Field(
        default="", description="Empty: the venue's own address."
    )
    is_enabled: bool = True
    max_age_s: Annotated[int, Field(ge=1, description="Older prices are not used.")] = 10

    def to_terms(self) -> SourceTerms:
        """Read them."""
        return SourceTerms(
            label=self.label,
            base_url=self.base_url,
            is_enabled=self.is_enabled,
            max_age_s=self.max_age_s,
        )


class NewSourceIn(SourceIn):
    """Take a source under a name of its own."""

    code: Code
    kind: SourceKind


class SourceChangeIn(SourceIn):
    """Take what of a source can change."""

    version: Version


class TwoPricesIn(Strict):
    """Take the two prices of one symbol."""

    bid: Price
    ask: Price


class PricesIn(Strict):
    """Take all prices of a manual source, by symbol such as EUR/UAH."""

    prices: Mapping[str, TwoPricesIn]


class SourceOut(Strict):
    """Show a source and how fresh it is."""

    code: str
    kind: SourceKind
    label: str
    base_url: str
    is_enabled: bool
    max_age_s: int
    version: int
    at: datetime | None = Field(description="The time of its latest prices.")
    error: str = Field(description="Why it gave none when it was last asked.")

    @classmethod
    def of(cls, one: MarketSource) -> Self:
        """Show a source."""
        return cls(
            code=one.code,
            kind=one.kind,
            label=one.label,
            base_url=one.base_url,
            is_enabled=one.is_enabled,
            max_age_s=one.max_age_s,
            version=one.version,
            at=one.at,
            error=one.error,
        )


class SourcesOut(Strict):
    """Show all sources by name."""

    items: list[SourceOut]


class PairTermsIn(Strict):
    """Take how a pair gets its price."""

    mode: PriceMode
    static_price: Price | None = None
    formula: Annotated[Text, Field(max_length=500)] = ""
    sources: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
    symbol: Annotated[Text, Field(max_length=41)] = ""
    markup_bps: int = 0
    deviation_bps_max: int = Guards().deviation_bps_max
    jump_bps_max: int = Guards().jump_bps_max
    quote_lifetime_s: int = 30
    is_enabled: bool = True

    def to_terms(self) -> PairTerms:
        """Read them."""
        return PairTerms(
            mode=self.mode,
            static_price=self.static_price,
            formula=self.formula,
            sources=self.sources,
            symbol=self.symbol,
            markup_bps=self.markup_bps,
            guards=Guards(deviation_bps_max=self.deviation_bps_max, jump_bps_max=self.jump_bps_max),
            quote_lifetime_s=self.quote_lifetime_s,
        )


class NewPairIn(PairTermsIn):
    """Take two currencies that are to be traded for each other."""

    base: Currency
    quote: Currency


class PairChangeIn(PairTermsIn):
    """Take how a pair gets its price from now on."""

    version: Version


class PairSettingsOut(Strict):
    """Show all of a pair."""

    name: PairName
    base: str
    quote: str
    mode: PriceMode
    static_price: str | None
    formula: str
    sources: list[str]
    symbol: str
    markup_bps: int
    deviation_bps_max: int
    jump_bps_max: int
    quote_lifetime_s: int
    is_enabled: bool = Field(description="The pair and both of its currencies are.")
    suspended_at: datetime | None
    suspended_reason: str
    version: int

    @classmethod
    def of(cls, one: MarketPair) -> Self:
        """Show a pair."""
        terms = one.terms
        return cls(
            name=one.base_name,
            base=one.base.code,
            quote=one.quote.code,
            mode=terms.mode,
            static_price=None if terms.static_price is None else price_text(terms.static_price),
            formula=terms.formula,
            sources=list(terms.sources),
            symbol=terms.symbol,
            markup_bps=terms.markup_bps,
            deviation_bps_max=terms.guards.deviation_bps_max,
            jump_bps_max=terms.guards.jump_bps_max,
            quote_lifetime_s=terms.quote_lifetime_s,
            is_enabled=one.is_enabled,
            suspended_at=one.suspended_at,
            suspended_reason=one.suspended_reason,
            version=one.version,
        )


class PairSettingsListOut(Strict):
    """Show all pairs as they are stored, by name."""

    items: list[PairSettingsOut]


class StopIn(Strict):
    """Take why."""

    reason: Reason


class FormulaIn(Strict):
    """Take a formula, and for which pair it would be."""

    formula: Annotated[Text, Field(min_length=1, max_length=500)]
    base: Currency
    quote: Currency


class FormulaStepOut(Strict):
    """Show what one part of the formula comes to."""

    text: str
    value: str


class FormulaSideOut(Strict):
    """Show one of the two prices that the formula would give now."""

    price: str | None
    error: str = Field(description="Why there is none.")
    steps: list[FormulaStepOut]
    used: list[UsedOut]

    @classmethod
    def of(cls, one: Preview) -> Self:
        """Show it."""
        return cls(
            price=None if one.value is None else price_text(one.value),
            error=one.error,
            steps=[
                FormulaStepOut(text=step.text, value=price_text(step.value)) for step in one.steps
            ],
            used=[UsedOut.of(used) for used in one.used],
        )


class FormulaPreviewOut(Strict):
    """Show both prices, with every step."""

    ask: FormulaSideOut
    bid: FormulaSideOut
