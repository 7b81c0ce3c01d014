"""How customers keep their portfolios."""

from uuid import UUID

from fondaco.investing.models import Portfolio as Row
from fondaco.investing.states import LotMethod
from fondaco.investing.types import PortfolioSettings
from fondaco.money import Asset
from fondaco.wallets.actions.currencies import default_asset


def get_settings(*, customer_id: UUID) -> PortfolioSettings:
    """Give how a customer keeps his portfolio; what nobody has chosen is as for everybody."""
    row = Row.objects.select_related("benchmark").filter(customer_id=customer_id).first()
    if row is None:
        return PortfolioSettings(
            currency=default_asset(),
            method=LotMethod.FIFO,
            band_bps=500,
            benchmark="",
            advisor_ref="",
        )
    return PortfolioSettings(
        currency=Asset.parse(row.currency),
        method=LotMethod(row.method),
        band_bps=row.band_bps,
        benchmark=row.benchmark.symbol if row.benchmark else "",
        advisor_ref=row.advisor_ref,
    )
