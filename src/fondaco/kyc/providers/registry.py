"""All providers by name, and which one new verifications go to."""

from collections.abc import Mapping
from typing import Final

from fondaco.kit.options import options
from fondaco.kyc.providers.base import KycProvider
from fondaco.kyc.providers.manual import Manual
from fondaco.kyc.providers.sumsub import SumSubProvider

PROVIDERS: Final[Mapping[str, KycProvider]] = {
    provider.name: provider for provider in (Manual(), SumSubProvider())
}


def chosen() -> KycProvider:
    """Give the provider of new verifications: SumSub where it is configured, else the house itself."""
    has_account = bool(options().sumsub_token.get_secret_value())
    return PROVIDERS["sumsub" if has_account else "manual"]
