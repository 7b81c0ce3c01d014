"""Which instruments there are."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet

from fondaco.instruments.errors import UnknownInstrument
from fondaco.instruments.models import Instrument as Row
from fondaco.instruments.states import TRADABLE, InstrumentKind
from fondaco.instruments.types import Instrument, InstrumentId
from fondaco.kit.errors import NotFound
from fondaco.kit.paging import Page
from fondaco.money import Asset


def describe_instrument(row: Row) -> Instrument:
    """Show an instrument."""
    return Instrument(
        id=InstrumentId(row.id),
        asset=Asset(row.symbol, row.scale),
        name=row.name,
        kind=InstrumentKind(row.kind),
        currency=Asset.parse(row.currency),
        exchange=row.exchange,
        time_zone=row.time_zone,
        step=int(row.step_minor),
    )


def list_instruments(
    *, kind: InstrumentKind | None = None, after: str | None = None, limit: int
) -> Page[Instrument]:
    """Give instruments in the order of their symbols, from after a symbol on."""
    rows = Row.objects.order_by("symbol")
    if kind is not None:
        rows = rows.filter(kind=kind)
    found = [describe_instrument(row) for row in rows.filter(symbol__gt=after or "")[: limit + 1]]
    if len(found) <= limit:
        return Page(found)
    return Page(found[:limit], found[limit - 1].symbol)


def get_instrument(*, symbol: str) -> Instrument:
    """Give an instrument by its symbol, or by the part after the dot where only one ends so.

    :raises NotFound: there is none, or the short name fits several
    """
    found = list(_named([symbol])[:2])
    exact = [row for row in found if row.symbol == symbol]
    if len(exact or found) != 1:
        raise NotFound
    return describe_instrument((exact or found)[0])


def find_instruments(*, symbols: Iterable[str], field: str) -> Mapping[str, Instrument]:
    """Give instruments by the names that they are asked for, short or whole; one query.

    ``field`` is the name of the field that holds the names, for the refusal.

    :raises UnknownInstrument: there is none of a name, or it fits several
    """
    wanted = set(symbols)
    rows = [describe_instrument(row) for row in _named(wanted)] if wanted else []
    found: dict[str, Instrument] = {}
    for name in wanted:
        exact = [one for one in rows if one.symbol == name]
        fitting = exact or [one for one in rows if one.symbol.partition(".")[2] == name]
        if len(fitting) != 1:
            raise UnknownInstrument(f"{name[:40]} is not known here.", field=field)
        found[name] = fitting[0]
    return found


def list_tradable(*, symbols: Sequence[str] = ()) -> Sequence[Instrument]:
    """Give what customers can hold, by symbol; of the named ones where any are named."""
    rows = Row.objects.filter(kind__in=TRADABLE).order_by("symbol")
    if symbols:
        rows = rows.filter(symbol__in=symbols)
    return [describe_instrument(row) for row in rows]


def _named(names: Iterable[str]) -> QuerySet[Row]:
    """Give the rows whose symbol is one of the names, or ends in one after its dot."""
    plain = [name for name in names if name.isascii() and "\x00" not in name]
    ends = "|".join(name for name in plain if name.isalnum())
    rows = Row.objects.filter(symbol__in=plain)
    return rows | Row.objects.filter(symbol__regex=rf"\.({ends})$") if ends else rows
