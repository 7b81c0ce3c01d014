"""A tenant of their own for these tests, since they let time pass.

The books never go back in time: an account that was touched an hour ahead makes all that touches it later an
hour ahead, too, and tests of other domains ask for what happened until now.
"""

from collections.abc import Iterator

import pytest

from fondaco.exchange.tests.cast import Stall, stall
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from tests.plumbing.api import ApiClient

_HOST = "exchange.test"


@pytest.fixture(scope="session")
def own_tenant() -> tenancy.TenantScope:
    return schemas.create_tenant(name="exchange_tests", mode="demo", hosts=[_HOST]).scope


@pytest.fixture
def tenant(own_tenant: tenancy.TenantScope) -> Iterator[tenancy.TenantScope]:
    with tenancy.scope(own_tenant) as scope:
        yield scope


@pytest.fixture
def api(own_tenant: tenancy.TenantScope) -> ApiClient:
    del own_tenant
    return ApiClient(_HOST)


@pytest.fixture
def aban() -> Iterator[Stall]:
    """A coin at 20.00 dollars, which its venue sells at 19.90."""
    with stall("20.00") as opened:
        yield opened
