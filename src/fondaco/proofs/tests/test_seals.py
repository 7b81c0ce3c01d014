"""Sealing: what is committed goes into exactly one block, whatever its key says and whenever it commits."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from fondaco.audit import actions as audit
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import TenantScope
from fondaco.kit.django.tenancy.schemas import create_tenant
from fondaco.ledger.tests.books import give, open_wallet
from fondaco.proofs.actions.seals import seal


@pytest.fixture(scope="module")
def own_tenant() -> TenantScope:
    """Make a tenant that nobody else posts in."""
    return create_tenant(name=f"seals_{uuid4().hex[:12]}", mode="demo").scope


@pytest.fixture(autouse=True)
def scope(own_tenant: TenantScope) -> Iterator[TenantScope]:
    """Work in that tenant, with everything sealed that earlier tests left."""
    with tenancy.scope(own_tenant):
        seal(by=SYSTEM)
        yield own_tenant


class TestSeal:
    def test_closes_what_was_posted_and_done_once(self) -> None:
        wallet = open_wallet()
        give(wallet, 100)
        audit.record(by=SYSTEM, action="a.b.c", subject="x_1")
        done = seal(by=SYSTEM)
        assert (done.blocks, done.missing) == (1, 0)
        assert done.rows == 2 + 1 + 3  # accounts, transfer, entries
        assert seal(by=SYSTEM).blocks == 0
