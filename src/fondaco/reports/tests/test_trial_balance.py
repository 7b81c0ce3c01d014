"""The trial balance: sums by currency, kind and group, before an instant, with checkpoints and without."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fondaco.identity.states import StaffRole
from fondaco.kit import clock
from fondaco.kit.django import tenancy
from fondaco.kit.options import override
from fondaco.ledger import actions
from fondaco.ledger.tests.books import dated_id, hold, move, open_bank, open_wallet, post
from fondaco.money import Asset
from fondaco.proofs.queries.trial import get_trial_balance
from fondaco.wallets.tests.cast import new_operator

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)
EUR = Asset("EUR", 2)


def summed(at: datetime) -> list[tuple[str, int, int, list[tuple[str, str, int, int, int]]]]:
    """Ask, and write the answer plainly."""
    return [
        (
            trial.asset.code,
            trial.debits.minor,
            trial.credits.minor,
            [
                (one.kind.value, one.group, one.accounts, one.net.minor, one.held.minor)
                for one in trial.lines
            ],
        )
        for trial in get_trial_balance(at=at)
    ]


class TestTheTrialBalance:
    """What all accounts held before an instant."""

    def test_balances_in_each_currency_before_each_instant(self, fresh_tenant: Any) -> None:
        with tenancy.scope(fresh_tenant().name):
            bank, payer, payee = open_bank(), open_wallet(), open_wallet()
            euros, other = open_bank(asset=EUR), open_wallet(asset=EUR)
            for day, asked in (
                (0, [((bank, payer), 1000), ((euros, other), 70)]),
                (2, [((payer, payee), 300)]),
                (3, [((payee, bank), 50)]),
            ):
                with clock.set_to(NOON + day * DAY):
                    post(*[move(a, b, amount, id=dated_id()) for (a, b), amount in asked])
            with clock.set_to(NOON + 3 * DAY):
                post(hold(payer, bank, 200, id=dated_id()))
            house, customers = ("asset", "providers"), ("liability", "wallets")
            in_euros = ("EUR", 70, 70, [(*house, 1, 70, 0), (*customers, 1, -70, 0)])

            def in_dollars(moved: int, held: int, owed: int, wallets: int) -> Any:
                sides = [(*house, 1, owed, held), (*customers, wallets, -owed, held)]
                return ("USD", moved, moved, sides)

            expected = {
                NOON: [],
                NOON + DAY: [in_euros, in_dollars(1000, 0, 1000, 1)],
                NOON + 3 * DAY: [in_euros, in_dollars(1300, 0, 1000, 2)],
                NOON + 4 * DAY: [in_euros, in_dollars(1350, 200, 950, 2)],
            }
            assert {at: summed(at) for at in expected} == expected
            for day in (1, 2, 5):
                with clock.set_to(NOON + day * DAY):
                    actions.make_checkpoints()
                assert {at: summed(at) for at in expected} == expected

    @pytest.mark.usefixtures("tenant")
    def test_is_for_the_houses_own_people(self, api: Any) -> None:
        wallet, bank = open_wallet(), open_bank()
        (done,) = post(move(bank, wallet, 5))
        auditor = new_operator(StaffRole.AUDITOR)
        with override(ledger_horizon_ms=0):
            body = api.get("/ledger/trial-balance", token=auditor).json()
            assert body["balanced"] is True
            dollars = next(one for one in body["currencies"] if one["currency"] == "USD")
            assert dollars["debits"] == dollars["credits"]
            assert sum(one["accounts"] for one in dollars["kinds"]) == sum(
                one["accounts"] for one in dollars["lines"]
            )
            liability = next(one for one in dollars["kinds"] if one["kind"] == "liability")
            assert (liability["group"], liability["debit_balance"]) == (None, "")
            csv = api.get("/ledger/trial-balance?format=csv", token=auditor)
            head, *rows = b"".join(csv.streaming_content).decode().splitlines()
            assert head.startswith("kind,group,accounts,debits,credits,debit_balance,")
            assert any(row.startswith("liability,wallets,") for row in rows)
        refused = api.get("/ledger/trial-balance?at=2999-01-01T00:00:00Z", token=auditor)
        assert (refused.status_code, refused.json()["field"]) == (422, "at")
        early = f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
        with override(ledger_horizon_ms=60_000):
            refused = api.get(f"/ledger/trial-balance?at={early}", token=auditor)
        assert (refused.status_code, refused.json()["code"]) == (503, "instant_not_settled")
        assert done.at <= clock.now()
