"""The currencies that the house knows, remembered by this process: an asset's scale never changes."""

from typing import Final

from fondaco.kit.django import tenancy
from fondaco.ledger import queries as ledger
from fondaco.money import Asset
from fondaco.wallets.refusals import UnknownCurrency

_known: Final[dict[tuple[str, str], Asset]] = {}


def get_asset(*, code: str) -> Asset:
    """Give the asset with a code.

    :raises UnknownCurrency: the ledger of this tenant has none
    """
    asset = find_asset(code=code)
    if asset is None:
        raise UnknownCurrency(field="currency")
    return asset


def find_asset(*, code: str) -> Asset | None:
    """Give the asset with a code, if the ledger of this tenant has it."""
    place = (tenancy.current().schema, code)
    asset = _known.get(place)
    if asset is None:
        asset = ledger.find_asset(code=code)
        if asset is not None:
            _known[place] = asset
    return asset
