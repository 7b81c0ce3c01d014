"""The HTTP API: which router of which domain hangs where below ``/api/v1``."""

from typing import Final

from fondaco.apikeys import api as apikeys
from fondaco.audit import api as audit
from fondaco.credentials import api as credentials
from fondaco.exchange import api as exchange
from fondaco.identity import api as identity
from fondaco.instruments import api as instruments
from fondaco.investing import api as investing
from fondaco.journal import api as journal
from fondaco.kit.django.api.factory import make_api
from fondaco.kit.django.api.router import Router
from fondaco.kyc import api as kyc
from fondaco.market import api as market
from fondaco.notifications import api as notifications
from fondaco.operators import api as operators
from fondaco.orders import api as orders
from fondaco.policies import api as policies
from fondaco.proofs import api as proofs
from fondaco.reports import api as reports
from fondaco.signing import api as signing
from fondaco.wallets import api as wallets
from fondaco.webhooks import api as webhooks

PREFIX: Final = "api/v1/"

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    *wallets.MOUNTS,  # first: paths are matched in order, and charges come most often
    *exchange.MOUNTS,
    ("/auth", identity.auth),
    *credentials.MOUNTS,
    *proofs.MOUNTS,
    ("/me/api-keys", apikeys.keys),
    ("/me/ip-allowlist", apikeys.allowlist),
    ("/me/verification", kyc.mine),
    ("/operator/verifications", kyc.desk),
    *notifications.MOUNTS,
    *policies.MOUNTS,
    ("/me", identity.me),
    ("/operator/customers", identity.customers),
    ("/operator/customer-groups", identity.groups),
    ("/signatures", signing.router),
    *operators.MOUNTS,
    *reports.MOUNTS,
    *instruments.MOUNTS,
    *investing.MOUNTS,
    ("/operator/audit", audit.router),
    *journal.MOUNTS,
    ("/orders", orders.router),
    *webhooks.MOUNTS,
    *market.MOUNTS,
)

api: Final = make_api()
for _path, _router in MOUNTS:
    api.add_router(_path, _router)
