"""``/operator/assets``: what the house prices, and its prices."""

from typing import Annotated

from django.http import HttpRequest
from pydantic import Field

from fondaco.instruments import errors
from fondaco.instruments.actions.instruments import declare_instrument, import_prices
from fondaco.instruments.prices import read_csv
from fondaco.instruments.shapes import AssetOut
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.types import SHARE_SCALE, NewInstrument, Source
from fondaco.kit.access import Actor, require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Currency, Strict, Text
from fondaco.ledger.actions import AssetDiffers
from fondaco.ledger.queries import find_asset
from fondaco.money import Asset
from fondaco.operators.rights import Right

router = Router(tags=["operators"], auth=staff)

Name = Annotated[Text, Field(min_length=1, max_length=200)]


class NewAssetIn(Strict):
    """Take what is to be priced."""

    symbol: Currency
    long_name: Name
    kind: InstrumentKind
    currency: Currency
    currency_scale: Annotated[int, Field(ge=0, le=18)] = 2
    scale: Annotated[int, Field(ge=0, le=18)] = SHARE_SCALE
    exchange: Annotated[Text, Field(max_length=80)] = ""
    timezone: Annotated[Text, Field(min_length=1, max_length=64)] = "UTC"
    whole_only: Annotated[bool, Field(description="Only whole shares are traded.")] = False
    provider: Annotated[
        Text, Field(pattern="^(kraken)?$", description="Who tells its price during the day.")
    ] = ""
    provider_symbol: Annotated[Text, Field(max_length=40)] = ""

    def to_ask(self) -> NewInstrument:
        """Give what is asked."""
        currency = find_asset(code=self.currency) or Asset(self.currency, self.currency_scale)
        return NewInstrument(
            asset=Asset(self.symbol, self.scale),
            name=self.long_name,
            kind=self.kind,
            currency=currency,
            exchange=self.exchange,
            time_zone=self.timezone,
            whole_only=self.whole_only,
            provider=self.provider,
            provider_symbol=self.provider_symbol,
        )


class AssetPricesIn(Strict):
    """Take daily prices as CSV, with where they come from."""

    source: Annotated[Text, Field(min_length=1, max_length=60, examples=["my vendor"])]
    title: Name
    licence: Annotated[Text, Field(max_length=300)] = ""
    csv: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=1_000_000,
            description="symbol,day,close and, if wished, open,high,low,volume",
        ),
    ]


class AssetPricesOut(Strict):
    """Count what came in."""

    written: int
    known: int


@router.post("/assets", status=201, errors=(errors.InstrumentDiffers, AssetDiffers))
@idempotent("investing.declare_asset")
def declare_asset(request: HttpRequest, body: NewAssetIn) -> AssetOut:
    """Have the house price something, and customers hold it if it is of such a kind."""
    return AssetOut.of(declare_instrument(ask=body.to_ask(), by=_operator(request)))


@router.post(
    "/assets/prices", status=201, errors=(errors.UnknownInstrument, errors.PricesUnreadable)
)
@idempotent("investing.import_prices")
def import_asset_prices(request: HttpRequest, body: AssetPricesIn) -> AssetPricesOut:
    """Take daily prices in, all or none; a price that differs from a known one corrects it from now on."""
    done = import_prices(
        prices=list(read_csv(body.csv.splitlines())),
        source=Source(name=body.source, title=body.title, licence=body.licence),
        by=_operator(request),
    )
    return AssetPricesOut(written=done.written, known=done.known)


def _operator(request: HttpRequest) -> Actor:
    return require(principal(request), Right.INVESTING_MANAGE).actor
