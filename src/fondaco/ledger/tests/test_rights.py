"""Who may touch which account when he posts to the books directly."""

from collections.abc import Sequence

import pytest

from fondaco.kit.errors import Forbidden, InvalidField
from fondaco.ledger.actions import rights
from fondaco.ledger.actions.rights import (
    Basis,
    check_adjustment,
    check_right,
    guard_adjustments,
)
from fondaco.ledger.tests.books import USD
from fondaco.money import Money

OWN, HOUSE = "custom:till:USD", "banks:main:USD"


class TestTheRight:
    def test_is_not_needed_under_custom(self) -> None:
        assert check_right(codes=[OWN, OWN], basis=Basis(may_adjust=False))

    def test_is_needed_for_any_other_account(self) -> None:
        with pytest.raises(Forbidden) as refused:
            check_right(codes=[OWN, HOUSE], basis=Basis(may_adjust=False), field="debit")
        assert refused.value.field == "debit"

    @pytest.mark.parametrize(
        ("reason", "evidence", "missing"),
        [("", "contract 7", "reason"), ("a new bank", "", "evidence")],
    )
    def test_goes_with_a_reason_and_evidence(
        self, reason: str, evidence: str, missing: str
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            check_right(
                codes=[HOUSE], basis=Basis(may_adjust=True, reason=reason, evidence=evidence)
            )
        assert refused.value.field == missing

    def test_writes_its_grounds_down(self) -> None:
        basis = Basis(may_adjust=True, reason="a new bank", evidence="contract 7")
        assert not check_right(codes=[HOUSE], basis=basis)
        assert basis.grounds == {"reason": "a new bank", "evidence": "contract 7"}
        assert Basis(may_adjust=True).grounds == {}


class TestAnAdjustment:
    def test_is_shown_to_each_guard_once_unless_all_have_signed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rights, "_guards", [])
        asked: list[list[Money]] = []

        def ask(amounts: Sequence[Money]) -> None:
            asked.append(list(amounts))

        guard_adjustments(ask)
        guard_adjustments(ask)
        moved = [Money(5, USD)]
        check_adjustment(amounts=iter(moved), basis=Basis(may_adjust=True, is_signed=True))
        check_adjustment(amounts=[], basis=Basis(may_adjust=True))
        assert asked == []
        check_adjustment(amounts=iter(moved), basis=Basis(may_adjust=True))
        assert asked == [moved]
