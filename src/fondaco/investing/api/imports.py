"""``/portfolio/imports``: take a broker's list in, by a mapping that is kept."""

from typing import Annotated

from django.http import HttpRequest
from pydantic import Field

from fondaco.instruments import errors as prices
from fondaco.investing import errors
from fondaco.investing.actions.outside import import_activities, save_mapping
from fondaco.investing.api.fields import SEE, TRADE, investor
from fondaco.investing.queries.mappings import list_mappings
from fondaco.investing.types import BrokerMapping
from fondaco.kit.django.api.idempotency import idempotent
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, Text
from fondaco.kit.errors import NotFound

router = Router(tags=["portfolio"])

Name = Annotated[Text, Field(min_length=1, max_length=80)]
Cell = Annotated[Text, Field(min_length=1, max_length=120)]


class BrokerColumnsIn(Strict):
    """Name the column of the list that holds each thing."""

    date: Cell
    kind: Cell
    symbol: Cell | None = None
    quantity: Cell | None = None
    price: Cell | None = None
    amount: Cell | None = None
    fee: Cell | None = None
    ratio: Cell | None = None


class BrokerMappingIn(Strict):
    """Say which column of a broker's list means what."""

    columns: BrokerColumnsIn
    kinds: Annotated[
        dict[Cell, Cell], Field(max_length=100, description="The list's words with our kinds.")
    ] = Field(default_factory=dict)
    symbols: Annotated[
        dict[Cell, Cell], Field(max_length=1_000, description="The list's symbols with ours.")
    ] = Field(default_factory=dict)
    date_format: Annotated[Text, Field(min_length=2, max_length=40)] = "%Y-%m-%d"
    delimiter: Annotated[Text, Field(pattern=r"^[,;|\t]$")] = ","
    decimal_comma: bool = False

    def to_mapping(self) -> BrokerMapping:
        """Give the mapping."""
        return BrokerMapping(
            columns=self.columns.model_dump(exclude_none=True),
            kinds=self.kinds,
            symbols=self.symbols,
            date_format=self.date_format,
            delimiter=self.delimiter,
            decimal_comma=self.decimal_comma,
        )


class BrokerMappingOut(Strict):
    """Show a mapping."""

    name: str
    columns: dict[str, str]
    kinds: dict[str, str]
    symbols: dict[str, str]
    date_format: str
    delimiter: str
    decimal_comma: bool

    @classmethod
    def of(cls, name: str, mapping: BrokerMapping) -> "BrokerMappingOut":
        """Show a mapping."""
        return cls(
            name=name,
            columns=dict(mapping.columns),
            kinds=dict(mapping.kinds),
            symbols=dict(mapping.symbols),
            date_format=mapping.date_format,
            delimiter=mapping.delimiter,
            decimal_comma=mapping.decimal_comma,
        )


class BrokerMappingsOut(Strict):
    """Show all mappings by name."""

    items: list[BrokerMappingOut]


class BrokerListIn(Strict):
    """Take a list and where it is from."""

    account: Annotated[Name, Field(description="The account outside; made when it is new.")]
    mapping: Name
    csv: Annotated[Text, Field(min_length=1, max_length=1_000_000)]


class BrokerListOut(Strict):
    """Count what was taken in."""

    written: int
    known: int = Field(description="Lines that were taken before.")


@router.get("/mappings")
def list_broker_mappings(request: HttpRequest) -> BrokerMappingsOut:
    """List the mappings that one has saved."""
    asker = investor(request, SEE)
    found = list_mappings(customer_id=asker.customer_id)
    return BrokerMappingsOut(items=[BrokerMappingOut.of(*one) for one in found.items()])


@router.put("/mappings/{name}")
def save_broker_mapping(
    request: HttpRequest, name: Name, body: BrokerMappingIn
) -> BrokerMappingOut:
    """Save a mapping under a name; one of the same name is replaced."""
    asker = investor(request, TRADE)
    mapping = body.to_mapping()
    save_mapping(customer_id=asker.customer_id, name=name, mapping=mapping, by=asker.actor)
    return BrokerMappingOut.of(name, mapping)


@router.post(
    "/imports",
    status=201,
    errors=(
        NotFound,
        errors.ActivitiesUnreadable,
        prices.UnknownInstrument,
        prices.RateMissing,
        errors.CurrencyDiffers,
    ),
)
@idempotent("investing.import_activities")
def import_broker_list(request: HttpRequest, body: BrokerListIn) -> BrokerListOut:
    """Take a broker's list in, all or none; it is shown beside what is held here, and never traded."""
    asker = investor(request, TRADE)
    done = import_activities(
        customer_id=asker.customer_id,
        account=body.account,
        mapping_name=body.mapping,
        text=body.csv,
        by=asker.actor,
    )
    return BrokerListOut(written=done.written, known=done.known)
