"""What the market tells lower layers when the platform starts."""

from fondaco.kit.errors import DomainError
from fondaco.market.queries.pairs import find_pair
from fondaco.market.queries.rates import get_rate
from fondaco.market.signed import EFFECT
from fondaco.money import Asset
from fondaco.policies import rates
from fondaco.policies.types import UsdRate
from fondaco.signing.effects import register as register_effect


def register() -> None:
    """Have prices be signed where the house says so, and policies know what dollars are worth."""
    register_effect(EFFECT)
    rates.register(find_usd_rate)


def find_usd_rate(asset: Asset) -> UsdRate | None:
    """Give what one unit of an asset brings in dollars now, if it is traded for them."""
    name = f"USD_{asset.code}"
    if find_pair(name=name) is None:
        return None
    try:
        rate = get_rate(pair=name)
    except DomainError:
        return None
    price = rate.price if rate.base == "USD" else rate.base_price
    return UsdRate(rate=1 / price if rate.base == "USD" else price, at=rate.at)
