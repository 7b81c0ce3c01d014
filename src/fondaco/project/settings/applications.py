"""Which Django applications there are, and what every request passes through."""

from typing import Final

SHARED_APPS: Final = [
    "fondaco.kit.django.tenancy",
    "procrastinate.contrib.django",
]
"""Their tables are in schema ``public``; ``fondaco.kit.django.tenancy.router`` names them too."""

TENANT_APPS: Final = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "fondaco.kit.django",
    "fondaco.audit",
    "fondaco.connections",
    "fondaco.identity",
    "fondaco.credentials.allauth_accounts.AllauthAccounts",
    "allauth.mfa",
    "fondaco.credentials",
    "fondaco.ledger",
    "fondaco.proofs",
    "fondaco.journal",
    "fondaco.apikeys",
    "fondaco.kyc",
    "fondaco.signing",
    "fondaco.operators",
    "fondaco.policies",
    "fondaco.market",
    "fondaco.instruments",
    "fondaco.orders",
    "fondaco.wallets",
    "fondaco.exchange",
    "fondaco.investing",
    "fondaco.webhooks",
    "fondaco.notifications",
    "fondaco.console",
]
"""Their tables are in the schema of each tenant; in the order of the layers, lowest first."""

INSTALLED_APPS: Final = [
    *SHARED_APPS,
    *TENANT_APPS,
    "fondaco.project",  # last: it joins the others together once they are loaded
]

MIDDLEWARE: Final = [
    "fondaco.kit.django.metrics.MetricsMiddleware",  # outermost: it times all of the others
    "fondaco.kit.django.traces.TracesMiddleware",
    "fondaco.kit.django.api.middleware.ApiMiddleware",
    "fondaco.kit.django.server_timing.ServerTimingMiddleware",
    "fondaco.kit.django.tenancy.middleware.TenantMiddleware",
    "fondaco.kit.django.maintenance.MaintenanceMiddleware",  # each tenant has a switch of its own
]
