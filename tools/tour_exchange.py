"""The tour's chapter about buying coins: ten dollars are bought at once, a cent less waits for company.

A house without the demo's market is only asked what it knows.
"""

import time
from typing import Any, Final

from tools.guide import Ask, Guide, Person, new_key

COIN: Final = "ABAN"
TRIES: Final = 30
PAUSE_S: Final = 0.5


def buy(guide: Guide, ada: Person) -> None:
    """Look at the price, buy, watch the purchase close, and look back."""
    guide.chapter("Buying coins")
    known = guide.ask(
        Ask(says="Which currencies are there?", method="GET", path="/market/currencies", status=200)
    )
    if COIN not in {one["code"] for one in known["items"]}:
        return
    guide.ask(
        Ask(
            says="Twenty dollars for one.",
            method="GET",
            path=f"/market/rates?pair={COIN}_USD",
            status=200,
        )
    )
    guide.ask(
        Ask(
            says="Money to buy with: 25.00 more.",
            path=f"/wallets/{ada.wallet}/top-ups",
            body={"amount": "25.00", "currency": "USD"},
            token=ada.token,
            key=new_key("coins"),
        )
    )
    large = _purchase(guide, ada, "0.5", "Half a coin is exactly 10.00: the house buys it at once.")
    _watch(guide, ada, large["id"])
    _purchase(guide, ada, "0.4995", "9.99 waits until others want coins too.", state="aggregated")
    guide.ask(
        Ask(
            says="What was bought, newest first.",
            method="GET",
            path="/purchases",
            status=200,
            token=ada.token,
            expected={"items.0.total_price.amount": "9.99", "items.1.state": "closed"},
        )
    )


def _purchase(guide: Guide, ada: Person, amount: str, says: str, **expected: str) -> Any:
    return guide.ask(
        Ask(
            says=says,
            path="/purchases",
            body={"currency": COIN, "amount": amount, "wallet": ada.wallet},
            token=ada.token,
            key=new_key("purchase"),
            expected={"currency": COIN, **expected},
        )
    )


def _watch(guide: Guide, ada: Person, order: str) -> None:
    """Ask until the coins are there; the last answer has to say so."""
    asked = Ask(
        says="Are the coins there?",
        method="GET",
        path=f"/purchases/{order}",
        status=200,
        token=ada.token,
    )
    for _ in range(TRIES):
        if guide.ask(asked)["state"] == "closed":
            return
        time.sleep(PAUSE_S)
    guide.wrong.append(f"the purchase {order} is not closed after {TRIES * PAUSE_S:.0f} s")
