"""What operators end by hand: money follows the states, with a reason, signed above the house's amount."""

import pytest

from fondaco.exchange import models
from fondaco.exchange.actions import closing, desk_work
from fondaco.exchange.actions.closing import CLOSE, CloseTerms, Ending
from fondaco.exchange.refusals import CloseRefused
from fondaco.exchange.states import BatchState, Cover
from fondaco.exchange.tests.cast import Stall, covers_of, later, now_of, state_of
from fondaco.exchange.types import Exchange
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import SignatureRequired
from fondaco.kit.lifecycle import IllegalMove
from fondaco.orders import queries as orders
from fondaco.signing import queries as signing
from fondaco.wallets.actions.wallets import freeze_wallet, unfreeze_wallet
from fondaco.wallets.tests.cast import new_client

pytestmark = pytest.mark.usefixtures("tenant")


def close(one: Exchange, how: Ending) -> Exchange:
    """End an order by hand."""
    asked = CloseTerms(order=one.order.wire_id, ending=how, reason="stuck", evidence="ticket 7")
    return closing.close_order(asked=asked, by=SYSTEM)


class TestClosingByHand:
    def test_delivers_out_of_what_the_house_has(self, aban: Stall) -> None:
        aban.bourse.down = True
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        assert close(made, Ending.DELIVER).order.state.value == "closed"
        assert (who.available(aban.coin.code), aban.position()) == ("3.00000000", "-3.00000000")
        notes = [step.note for step in orders.list_steps(order_id=made.order.id)]
        assert notes == ["", "", "stuck", "stuck"]

    def test_gives_the_money_back(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "0.3")
        assert close(made, Ending.REFUND).order.state.value == "rejected"
        assert (who.available(), aban.work()) == ("100.00", [])

    def test_in_the_middle_of_covering_leaves_the_coins_with_the_house(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        who = new_client("100.00")
        made = aban.buy(who, "3")
        (batch_id,) = aban.work()
        close(made, Ending.REFUND)
        with later(seconds=10):
            aban.work()
        assert (state_of(made), who.available()) == ("rejected", "100.00")
        assert aban.position() == "3.00000000"
        (house,) = models.Share.objects.filter(batch_id=batch_id)
        assert (house.order_id, int(house.base_minor)) == (None, 300_000_000)

    def test_delivered_by_hand_is_covered_all_the_same(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        close(made, Ending.DELIVER)
        with later(seconds=10):
            aban.work()
        assert (state_of(made), who.available(aban.coin.code)) == ("closed", "3.00000000")
        assert aban.position() == "0.00000000"

    @pytest.mark.parametrize("how", list(Ending))
    def test_refuses_what_is_finished(self, aban: Stall, how: Ending) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "3")
        aban.work()
        with pytest.raises(CloseRefused):
            close(made, how)
        assert who.available(aban.coin.code) == "3.00000000"

    def test_above_the_houses_amount_wants_signatures(
        self, aban: Stall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = aban.buy(new_client("100.00"), "3")
        asked = list[tuple[object, ...]]()

        def is_direct(**terms: object) -> bool:
            asked.append((terms["action"], terms["amount"]))
            return False

        monkeypatch.setattr(signing, "is_direct", is_direct)
        with pytest.raises(SignatureRequired):
            close(made, Ending.REFUND)
        assert (asked, state_of(made)) == ([(CLOSE, made.total)], "in_progress")


class TestAStoppedWallet:
    def test_keeps_the_delivery_for_people(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "3")
        freeze_wallet(wallet_id=who.wallet_id, customer_id=who.customer_id, by=SYSTEM)
        (batch_id,) = aban.work()
        assert (state_of(made), aban.position()) == ("waiting_for_operator", "3.00000000")
        unfreeze_wallet(wallet_id=who.wallet_id, customer_id=who.customer_id, by=SYSTEM)
        assert close(made, Ending.DELIVER).order.state.value == "closed"
        assert (who.available(aban.coin.code), aban.position()) == ("3.00000000", "0.00000000")
        assert now_of(made).batch_id == batch_id


class TestABatchThatIsStuck:
    def test_is_covered_again_when_an_operator_says_so(self, aban: Stall) -> None:
        aban.set(Cover.IMMEDIATE)
        aban.bourse.declines = True
        aban.swap(new_client("100.00"), get=aban.coins("2"))
        (batch_id,) = aban.work()
        assert models.Batch.objects.get(id=batch_id).state == BatchState.WAITING_FOR_OPERATOR
        aban.bourse.declines = False
        again = desk_work.retry_batch(batch_id=batch_id, reason="mended", by=SYSTEM)
        assert (again.state, aban.position()) == (BatchState.DONE, "0.00000000")

    def test_is_given_up_with_the_money_given_back(self, aban: Stall) -> None:
        who = new_client("100.00")
        made = aban.buy(who, "3")
        (batch_id,) = aban.close()
        aban.bourse.down = True
        with later(hours=2):
            aban.work()
        assert models.Batch.objects.get(id=batch_id).state == BatchState.WAITING_FOR_OPERATOR
        desk_work.give_up_batch(batch_id=batch_id, reason="closed for good", by=SYSTEM)
        assert (state_of(made), who.available()) == ("error", "100.00")
        with pytest.raises(IllegalMove):
            desk_work.retry_batch(batch_id=batch_id, reason="too late", by=SYSTEM)

    def test_is_not_given_up_while_nobody_knows_what_comes_of_it(self, aban: Stall) -> None:
        aban.bourse.loses = lambda: "answer"
        aban.buy(new_client("100.00"), "3")
        (batch_id,) = aban.work()
        with pytest.raises(CloseRefused):
            desk_work.give_up_batch(batch_id=batch_id, reason="impatient", by=SYSTEM)
        assert len(covers_of(batch_id)) == 1
