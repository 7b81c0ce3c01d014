"""The demo tenant: people to log in as, with wallets and money in them.

Their passwords are made anew for each installation and kept in the data folder, so that ``fondaco up`` can
tell them.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fondaco.identity import demo as identity
from fondaco.identity.demo import DemoPerson
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.kit.options import options

PEOPLE_FILE: Final = "demo-people.json"


def ensure_tenant() -> None:
    """Make the default tenant as a demo tenant, with its people, unless it is there."""
    name, path = options().default_tenant, _path()
    if not name or (path.exists() and any(one.name == name for one in schemas.list_tenants())):
        return
    made = schemas.create_tenant(name=name, mode="demo")
    with tenancy.scope(made.scope):
        _write_down(identity.seed_people(by=SYSTEM, renew_passwords=True), path)


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
