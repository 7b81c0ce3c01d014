"""The tour's chapter about investing: look at an asset, be advised, follow the advice, look at the portfolio.

A house without prices (the demo's packages are not installed) is only asked what it has.
"""

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
