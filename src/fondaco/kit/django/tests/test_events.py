"""Events: written with the change, in the form that receivers see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, NewType
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fondaco.kit import clock, ids
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events, tenancy
from fondaco.kit.django.events import DomainEvent, InvalidEvent, Wire, event
from fondaco.kit.django.models import Event
from fondaco.kit.django.readers import Reader
from fondaco.kit.django.tests.samples import MarkMade, count_marks, settle
from fondaco.money import Asset, Money

ThingId = NewType("ThingId", UUID)
USD = Asset("USD", 2)
AT = datetime(2026, 3, 1, 12, 0, 0, 250, tzinfo=UTC)


class Colour(StrEnum):
    """A value with a name."""

    RED = "red"


@event("kit_sample.thing.shown", version=3)
@dataclass(frozen=True, slots=True, kw_only=True)
class ThingShown(DomainEvent):
    """A field of each sort."""

    thing_id: Annotated[ThingId, Wire("thg")]
    parts: tuple[Annotated[UUID, Wire("prt")], ...]
    amount: Money
    price: Decimal
    at: datetime
    on: date
    colour: Colour
    parent_id: Annotated[UUID, Wire("thg")] | None = None
    extra: Mapping[str, Any] | None = None

    @property
    def subject(self) -> str:
        """Give the thing's identifier."""
        return ids.encode("thg", self.thing_id)


class TestRow:
    """The row of an event."""

    def test_holds_each_field_as_it_goes_over_the_wire(self) -> None:
        thing, part = ids.uuid7(), ids.uuid7()
        shown = ThingShown(
            thing_id=ThingId(thing),
            parts=(part,),
            amount=Money(1234, USD),
            price=Decimal("1E-7"),
            at=AT.astimezone(timezone(timedelta(hours=2))),
            on=date(2026, 3, 1),
            colour=Colour.RED,
            extra={"amounts": [Money(-5, USD)], "count": 10**30},
        )
        row = events.row(shown, by=SYSTEM, at=AT)
        assert (row.type, row.version) == ("kit_sample.thing.shown", 3)
        assert (row.occurred_at, row.actor) == (AT, "system:fondaco")
        assert row.subject == ids.encode("thg", thing)
        assert row.data == {
            "thing_id": ids.encode("thg", thing),
            "parts": [ids.encode("prt", part)],
            "amount": {"amount": "12.34", "currency": "USD"},
            "price": "0.0000001",
            "at": "2026-03-01T12:00:00.000250Z",
            "on": "2026-03-01",
            "colour": "red",
            "parent_id": None,
            "extra": {"amounts": [{"amount": "-0.05", "currency": "USD"}], "count": 10**30},
        }

    def test_takes_the_platforms_clock(self) -> None:
        with clock.set_to(AT):
            assert events.row(MarkMade(name="x"), by=SYSTEM).occurred_at == AT

    @pytest.mark.parametrize("value", [0.5, b"x", object(), uuid4()])
    def test_is_refused_for_what_has_no_form_on_the_wire(self, value: object) -> None:
        with pytest.raises(InvalidEvent):
            events.row(MarkMade(name=value), by=SYSTEM)  # type: ignore[arg-type] # the mistake that is tested


class TestDeclaration:
    """Declaring an event."""

    @pytest.mark.parametrize("name", ["", "mark", "Mark.made", "mark made.x", "a..b", "a.b "])
    def test_is_refused_under_a_malformed_name(self, name: str) -> None:
        with pytest.raises(InvalidEvent):
            event(name, version=1)

    def test_is_refused_twice_under_one_name(self) -> None:
        @dataclass(frozen=True)
        class Other(DomainEvent):
            name: str

        with pytest.raises(InvalidEvent, match="twice"):
            event("kit_sample.mark.made", version=1)(Other)

    def test_is_refused_for_what_can_change(self) -> None:
        @dataclass
        class Changing(DomainEvent):
            name: str

        with pytest.raises(InvalidEvent, match="frozen"):
            event("kit_sample.change.made", version=1)(Changing)

    @pytest.mark.parametrize(
        "hint", [UUID, ThingId, float, list[float], UUID | None, dict[str, UUID]]
    )
    def test_is_refused_for_a_field_without_form_on_the_wire(self, hint: Any) -> None:
        class Wrong(DomainEvent):
            pass

        Wrong.__annotations__ = {"field": hint}
        with pytest.raises(InvalidEvent, match="field"):
            event("kit_sample.wrong.made", version=1)(dataclass(frozen=True)(Wrong))
        assert "kit_sample.wrong.made" not in events.registry()

    def test_is_found_in_the_registry(self) -> None:
        assert events.registry()["kit_sample.mark.made"] is MarkMade


@pytest.mark.usefixtures("tenant")
class TestPublish:
    """Publishing."""

    def test_is_refused_outside_a_transaction(self) -> None:
        with pytest.raises(RuntimeError, match="transaction"):
            events.publish(MarkMade(name="outside"), by=SYSTEM)
        assert count_marks("outside") == 0

    def test_is_undone_with_what_failed(self) -> None:
        name = str(uuid4())
        with transaction.atomic():
            events.publish(MarkMade(name=name), by=SYSTEM)
            assert count_marks(name) == 1
            transaction.set_rollback(True)
        assert count_marks(name) == 0

    def test_reaches_no_other_tenant(self, other_tenant: Any) -> None:
        name = str(uuid4())
        with transaction.atomic():
            events.publish(MarkMade(name=name), by=SYSTEM)
        assert count_marks(name) == 1
        with tenancy.scope(other_tenant):
            assert count_marks(name) == 0


@pytest.mark.usefixtures("tenant")
class TestInsert:
    """Writing many events at once."""

    def test_keeps_order_and_every_letter(self) -> None:
        names = [f"{uuid4()}:{text}" for text in ("{,}", '"', "\\", "ü€😀", "NULL", "", "'")]
        rows = [events.row(MarkMade(name=name), by=SYSTEM) for name in names]
        reader = Reader(str(uuid4()))
        settle()
        reader.consume(lambda _event: None, limit=100_000)
        with transaction.atomic(), connection.cursor() as cursor:
            events.insert(cursor, rows)
        settle()
        assert [stored.event for stored in reader.read()] == rows

    def test_of_nothing_asks_nothing(self) -> None:
        with connection.cursor() as cursor:
            events.insert(cursor, [])
            assert cursor.description is None

    def test_refuses_the_same_event_twice_in_one_statement(self) -> None:
        row = events.row(MarkMade(name="twice"), by=SYSTEM)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            events.insert(cursor, [row, row])
        assert not Event.objects.filter(id=row.id).exists()
