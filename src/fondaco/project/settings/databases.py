"""Where the data are: one PostgreSQL under two roles, and the cache that lives in it.

Alias ``default`` is the application's role and may go through PgBouncer; alias ``owner`` makes tables and
never does.
"""

from typing import Any, Final

import dj_database_url

from fondaco.kit.options import options

_ENGINE: Final = "fondaco.kit.django.tenancy.backend"


def _database(url: str) -> dict[str, Any]:
    """Describe a connection; without an address it is never opened, and loading the settings still works."""
    parsed: dict[str, Any] = dict(dj_database_url.parse(url)) if url else {"NAME": "fondaco"}
    return parsed | {
        "ENGINE": _ENGINE,
        "CONN_MAX_AGE": None,  # a thread keeps its connection: opening one costs more than a charge
        "ATOMIC_REQUESTS": False,  # actions own their transactions
        "DISABLE_SERVER_SIDE_CURSORS": True,  # they do not outlive a pooled transaction
        "OPTIONS": {"application_name": "fondaco", **parsed.get("OPTIONS", {})},
    }


def _databases() -> dict[str, dict[str, Any]]:
    chosen = options()
    owner = chosen.database_owner_url or chosen.database_direct_url or chosen.database_url
    return {"default": _database(chosen.database_url), "owner": _database(owner)}


def _cache() -> dict[str, Any]:
    where: dict[str, Any] = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "fondaco_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
    if options().redis_url:
        where = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": options().redis_url,
        }
    return where | {"KEY_FUNCTION": "fondaco.kit.django.tenancy.cache.key"}


DATABASES: Final = _databases()
DATABASE_ROUTERS: Final = ["fondaco.kit.django.tenancy.router.TenancyRouter"]
CACHES: Final = {"default": _cache()}
