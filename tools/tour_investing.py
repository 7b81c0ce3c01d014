"""The tour's chapter about investing: look at an asset, be advised, follow the advice, look at the portfolio.

A house without prices (the demo's packages are not installed) is only asked what it has.
"""

from typing import Any

from tools.guide import Ask, Guide, Person, new_key


def invest(guide: Guide, ada: Person) -> None:
    """Be advised and follow it, with money of a wallet of one's own."""
    guide.chapter("Investing")
    listed = guide.ask(
        Ask(
            says="What can be invested in? Prices say where they come from.",
            method="GET",
            path="/assets?kind=share&limit=2",
            status=200,
            token=ada.token,
        )
    )
    if not listed["items"]:
        return
    symbol = listed["items"][0]["symbol"]
    guide.ask(
        Ask(
            says="How did its price go?",
            method="GET",
            path=f"/assets/{symbol}/stats?days=7",
            status=200,
            token=ada.token,
            expected={"asset.symbol": symbol, "price.stale": False},
        )
    )
    wallet = guide.ask(
        Ask(
            says="A wallet for savings.",
            path="/wallets",
            body={"label": "Savings"},
            token=ada.token,
            key=new_key("savings"),
        )
    )
    guide.ask(
        Ask(
            says="It gets 250.00.",
            path=f"/wallets/{wallet['token']}/top-ups",
            body={"amount": "250.00", "currency": "USD"},
            token=ada.token,
            key=new_key("savings"),
        )
    )
    advice = guide.ask(
        Ask(
            says="How is it best spread at a moderate risk? The value at risk is a real one.",
            path="/portfolio/advice",
            body={"risk_level": 40, "sum": {"amount": "250.00", "currency": "USD"}},
            token=ada.token,
            expected={"risk_level": 40, "suggested_sum.amount": "250.00"},
        )
    )
    _follow(guide, ada, advice["id"], wallet["token"])
    _replace(guide, ada, wallet)


def _follow(guide: Guide, ada: Person, advice: str, wallet: str) -> None:
    guide.ask(
        Ask(
            says="A price of one's own is not taken: the house has its own.",
            path="/portfolio/orders",
            status=422,
            body={"advice": advice, "wallet": wallet, "current_price": "0.01"},
            token=ada.token,
            key=new_key("portfolio"),
            expected={"code": "unknown_field"},
        )
    )
    guide.ask(
        Ask(
            says="Follow the advice: all of it or nothing, in one group of the books.",
            path="/portfolio/orders",
            body={"advice": advice, "wallet": wallet},
            token=ada.token,
            key=new_key("portfolio"),
            expected={"order.kind": "portfolio", "order.state": "closed"},
        )
    )
    guide.ask(
        Ask(
            says="What is held, what it cost, and that not a cent is unexplained.",
            method="GET",
            path="/portfolio",
            status=200,
            token=ada.token,
            expected={"sums.difference.amount": "0.00", "execution": "paper"},
        )
    )
    guide.ask(
        Ask(
            says="What do the rules say of it?",
            method="GET",
            path="/portfolio/xray",
            status=200,
            token=ada.token,
        )
    )


def _replace(guide: Guide, ada: Person, wallet: Any) -> None:
    """Be advised without naming a risk, sell all for the new portfolio, and see it in the histories."""
    advice = guide.ask(
        Ask(
            says="Less money, and no word of risk: the one that was followed last holds on.",
            path="/portfolio/advice",
            body={"sum": {"amount": "200.00", "currency": "USD"}},
            token=ada.token,
            expected={"risk_level": 40, "suggested_sum.amount": "200.00"},
        )
    )
    guide.ask(
        Ask(
            says="An advice is kept as it was given, with all that it was made of.",
            method="GET",
            path=f"/portfolio/advice/{advice['id']}",
            status=200,
            token=ada.token,
            expected={"id": advice["id"], "assets.0.asset_name": advice["assets"][0]["asset_name"]},
        )
    )
    guide.ask(
        Ask(
            says="Sell all that is held and buy the new portfolio: what the sale brings pays for it.",
            path="/portfolio/orders",
            body={"advice": advice["id"], "wallet": wallet["token"], "mode": "literal"},
            token=ada.token,
            key=new_key("portfolio"),
            expected={"order.state": "closed", "fills.0.kind": "sell"},
        )
    )
    guide.ask(
        Ask(
            says="The wallet's transactions name each purchase and sale.",
            method="GET",
            path=f"/transactions?wallet={wallet['id']}&limit=3",
            status=200,
            token=ada.token,
            expected={"items.0.amount.currency": "USD"},
        )
    )
    told = guide.ask(
        Ask(
            says="And the statistics know purchases from sales, by day.",
            method="GET",
            path="/statistics/expenses",
            status=200,
            token=ada.token,
            expected={"currency": "USD"},
        )
    )
    today = told["days"][-1]
    if "0.00" in {today["purchases"]["amount"], today["sells"]["amount"]}:
        guide.wrong.append(f"{guide.asked}. the statistics miss what was bought or sold: {today}")
