"""The HTTP API: which router of which domain hangs where below ``/api/v1``."""

from typing import Final

from fondaco.audit import api as audit
from fondaco.identity import api as identity
from fondaco.kit.django.api.factory import make_api
from fondaco.kit.django.api.router import Router
from fondaco.ledger import api as ledger
from fondaco.operators import api as operators
from fondaco.orders import api as orders
from fondaco.proofs import api as proofs
from fondaco.reports import api as reports
from fondaco.wallets import api as wallets

PREFIX: Final = "api/v1/"

MOUNTS: Final[tuple[tuple[str, Router], ...]] = (
    *wallets.MOUNTS,  # first: paths are matched in order, and charges come most often
    ("/auth", identity.auth),
    *proofs.MOUNTS,
    ("/me", identity.me),
    ("/operator/customers", identity.customers),
    *operators.MOUNTS,
    ("/statistics", reports.router),
    ("/operator/audit", audit.router),
    ("/ledger", ledger.router),
    ("/orders", orders.router),
)

api: Final = make_api()
for _path, _router in MOUNTS:
    api.add_router(_path, _router)
