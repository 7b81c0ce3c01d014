"""The demo tenant: people to log in as, with wallets and money in them.

Their passwords are made anew for each installation and kept in the data folder, so that ``fondaco up`` can
tell them.
"""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from fondaco.identity import demo as identity
from fondaco.identity.demo import DemoPerson
from fondaco.investing import demo as investing
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.options import options
from fondaco.project import demo_market as market, demo_money as wallets
from fondaco.project.demo_money import Activity, Report

PEOPLE_FILE: Final = "demo-people.json"


def ensure_tenant() -> bool:
    """Make the default tenant as a demo tenant, with people and money; completes what is missing of it.

    Tells whether the default tenant is a demo: a live one is left as it is.
    """
    name, path = options().default_tenant, _path()
    if not name:
        return False
    found = next((one for one in schemas.list_tenants() if one.name == name), None)
    if found is not None and found.mode == "live":
        return False
    made = found or schemas.create_tenant(name=name, mode="demo")
    with tenancy.scope(made.scope):
        is_new = found is None or not path.exists()
        people = identity.seed_people(by=SYSTEM, renew_passwords=is_new)
        if is_new:
            _write_down(people, path)
        wallets.seed_money(customers=_customers(people), by=SYSTEM)
        market.seed_market(by=SYSTEM)
        investing.seed_assets(customers=_customers(people), by=SYSTEM)
    return True


def add_activity(*, customers: int, charges: int, report: Report) -> Activity:
    """Add clients and charges to the default tenant's demo; ``report`` hears how far it is.

    :raises DemoRefused: the default tenant is a live one
    """
    with tenancy.scope(options().default_tenant):
        people = identity.seed_people(by=SYSTEM)
        shop_id = _customers(people)[wallets.SHOP]
        return wallets.add_activity(
            customers=customers, charges=charges, shop_id=shop_id, report=report, by=SYSTEM
        )


def _customers(people: Iterable[DemoPerson]) -> dict[str, UUID]:
    return {one.username: one.customer_id for one in people if one.customer_id is not None}


def _path() -> Path:
    return Path(options().data_dir) / PEOPLE_FILE


def _write_down(people: Sequence[DemoPerson], path: Path) -> None:
    rows = [
        {"username": one.username, "password": one.password, "role": one.role, "name": one.name}
        for one in people
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(rows, file, indent=1)
    draft.replace(path)
