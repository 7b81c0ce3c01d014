"""Cache keys that carry the tenant, for ``CACHES[…]["KEY_FUNCTION"]``."""

from fondaco.kit.django.tenancy import context


def key(name: str, prefix: str, version: int) -> str:
    """Make the key under which a value is stored.

    :raises NoTenant: no scope is open
    """
    active = context.require_active()
    owner = active.tenant.name if active.tenant else ":system"
    return f"{owner}:{prefix}:{version}:{name}"
