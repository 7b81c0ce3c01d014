"""Which row a value comes from: against a naive model, and by example."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import given, settings, strategies as st

from fondaco.kit import clock
from fondaco.money import Asset, Money
from fondaco.policies import resolution
from fondaco.policies.queries.effective import explain, rules_for
from fondaco.policies.tests.cast import change, customer, group, remove, rule, write
from fondaco.policies.types import Effective, Fee, Operation, Rule, Selector, Standing
from fondaco.policies.values import RuleValues

NOW: Final = datetime(2026, 5, 1, tzinfo=UTC)
ME, OTHER = uuid4(), uuid4()
GROUP, OTHER_GROUP = uuid4(), uuid4()
STANDING: Final = Standing("verified", GROUP)
ASKED: Final = Selector("USD", "BTC_USD", "sepa")
FIELDS: Final = ("fee_bps", "confirmations", "price_markup_bps")


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """Give rules of all owners about all sorts of things, each of which says some of three fields."""
    made = []
    for _ in range(draw(st.integers(0, 8))):
        owner = draw(
            st.sampled_from(
                (
                    dict[str, Any](),
                    {"level": "verified"},
                    {"level": "business"},
                    {"group_id": GROUP},
                    {"group_id": OTHER_GROUP},
                    {"customer_id": ME},
                    {"customer_id": OTHER},
                )
            )
        )
        says = draw(
            st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 50), min_size=1, max_size=3)
        )
        priority = draw(st.integers(0, 2)) if "group_id" in owner else 0
        about = {
            "currency": draw(st.sampled_from(("", "USD", "EUR"))),
            "pair": draw(st.sampled_from(("", "BTC_USD", "ETH_USD"))),
            "subtype": draw(st.sampled_from(("", "sepa", "card"))),
        }
        begins = draw(st.sampled_from((None, NOW - timedelta(1), NOW, NOW + timedelta(1))))
        made.append(
            rule(**owner, **about, **says, priority=priority, starts_at=begins)  # type: ignore[arg-type] # drawn
        )
    return made


def naive(found: list[Rule], name: str) -> Any:
    """Say the same in another way: go from the weakest owner to the strongest, from wide to narrow."""
    value = None
    for owner in ("default", "level", "group", "customer"):
        mine = [
            one
            for one in found
            if one.owner == owner
            and (not one.level or one.level == STANDING.level)
            and one.group_id in {None, STANDING.group_id}
            and one.customer_id in {None, ME}
            and (one.starts_at is None or one.starts_at <= NOW)
            and one.selector.currency in {"", "USD"}
            and one.selector.pair in {"", "BTC_USD"}
            and one.selector.subtype in {"", "sepa"}
            and name in one.values
        ]

        def order(one: Rule) -> Any:
            about = one.selector
            named = [bool(about.pair), bool(about.currency), bool(about.subtype)]
            begun = one.starts_at or datetime(1970, 1, 1, tzinfo=UTC)
            return (one.priority, sum(named), named, begun, one.id)

        for one in sorted(mine, key=order):
            value = one.values[name]
    return value


class TestEachField:
    @settings(deadline=None)
    @given(rules())
    def test_comes_from_the_strongest_row_that_says_it(self, made: list[Rule]) -> None:
        found = resolution.applicable(made, customer=ME, standing=STANDING, selector=ASKED, at=NOW)
        won = resolution.winners(found)
        for name in FIELDS:
            got = won[name].values[name] if name in won else None
            assert got == naive(made, name)

    @settings(deadline=None)
    @given(rules())
    def test_is_what_explain_says_it_is(self, made: list[Rule]) -> None:
        found = resolution.applicable(made, customer=ME, standing=STANDING, selector=ASKED, at=NOW)
        told = {
            one.field: one
            for one in resolution.explain(found, wire={one.id: str(one.id) for one in found})
        }
        by_id = {str(one.id): one for one in made}
        for name in FIELDS:
            source = told[name].source
            assert told[name].value == (
                None if source == "platform" else by_id[source].values[name]
            )
        assert resolution.effective(found).fee.bps == (told["fee_bps"].value or 0)

    @settings(deadline=None)
    @given(rules(), st.randoms(use_true_random=False))
    def test_does_not_depend_on_the_order_of_rows(self, made: list[Rule], random: Any) -> None:
        mixed = list(made)
        random.shuffle(mixed)
        both = [
            resolution.effective(
                resolution.applicable(one, customer=ME, standing=STANDING, selector=ASKED, at=NOW)
            )
            for one in (made, mixed)
        ]
        assert both[0] == both[1]


class TestStoredRules:
    def test_of_default_level_group_and_customer_are_laid_over_each_other(self) -> None:
        mine = group()
        who = customer(level="verified", group=mine)
        about: dict[str, Any] = {"operation": Operation.EXCHANGE, "currency": "USD"}
        made = [
            write(**about, fee_bps=100, fee_fixed="1", min="5", max="50"),
            write(**about, level="verified", max="500"),
            write(**about, group_id=mine, fee_bps=50),
            write(**about, customer_id=who, min="1"),
        ]
        found = rules_for(customer=who, operation=Operation.EXCHANGE, currency="USD")
        assert found.fee == Fee(bps=50, fixed=Decimal(1))
        assert [bound.amount for bound in (found.min, found.max) if bound] == [1, 500]
        sources = {
            one.field: one.owner
            for one in explain(customer=who, operation=Operation.EXCHANGE, currency="USD")
        }
        assert [sources[name] for name in ("fee_bps", "fee_fixed", "min", "max", "day_max")] == [
            "group",
            "default",
            "customer",
            "level",
            "platform",
        ]
        for one in made:
            remove(one)
        assert rules_for(customer=who, operation=Operation.EXCHANGE, currency="USD") == Effective()

    def test_hold_from_their_start_to_their_end(self) -> None:
        who = customer()
        write(
            operation=Operation.INVOICE,
            customer_id=who,
            starts_at=NOW,
            ends_at=NOW + timedelta(days=1),
            enabled=False,
            reason="a holiday",
        )
        seen = []
        for at in (-1, 0, 86_399, 86_400):
            with clock.set_to(NOW + timedelta(seconds=at)):
                found = rules_for(customer=who, operation=Operation.INVOICE, currency="USD")
                seen.append((found.enabled, found.reason))
        off = (False, "a holiday")
        assert seen == [(True, ""), off, off, (True, "")]

    def test_are_known_anew_when_they_change(self) -> None:
        who = customer()
        made = write(operation=Operation.INVOICE, customer_id=who, fee_bps=1)
        for bps in range(2, 5):
            made = change(made, fee_bps=bps)
            found = rules_for(customer=who, operation=Operation.INVOICE, currency="USD")
            assert found.fee.bps == bps
        assert made.version == 4


class TestAFee:
    @pytest.mark.parametrize(
        ("fee", "amount", "expected"),
        [
            (Fee(), "100.00", "0.00"),
            (Fee(bps=25), "0.20", "0.00"),
            (Fee(bps=250), "0.20", "0.01"),
            (Fee(bps=100, fixed=Decimal("0.30")), "10.00", "0.40"),
            (Fee(bps=100, min=Decimal(1)), "10.00", "1.00"),
            (Fee(bps=100, max=Decimal("0.05")), "10.00", "0.05"),
            (Fee(fixed=Decimal("0.009")), "10.00", "0.00"),
        ],
    )
    def test_is_the_share_and_the_fixed_part_within_its_bounds(
        self, fee: Fee, amount: str, expected: str
    ) -> None:
        usd = Asset("USD", 2)
        assert fee.of(Money.parse(amount, usd)) == Money.parse(expected, usd)


class TestWhatARuleSays:
    @pytest.mark.parametrize(
        "says",
        [
            {},
            {"in_usd": True},
            {"in_usd": True, "fee_bps": 1},
            {"min": "2", "max": "1"},
            {"fee_min": "2", "fee_max": "1"},
            {"fee_bps": 10_001},
            {"fee_bps": -1},
            {"day_max": "NaN"},
            {"day_max": "-1"},
            {"day_max": "1e400"},
            {"confirmations": -1},
            {"buyback": "sometimes"},
            {"nothing": 1},
        ],
    )
    def test_is_refused_when_it_means_nothing(self, says: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            RuleValues(**says)

    def test_keeps_its_amounts_exactly(self) -> None:
        long = "123456789012345678901.123456789012345678"
        said = RuleValues(day_max=Decimal(long)).stored()
        assert said == {"day_max": long}
        assert replace(rule(fee_bps=1), values=said).values["day_max"] == long
