"""The bulk API over HTTP: calls of 8,000 transfers, from JSON to JSON, with every check on.

Client, web and database share the machine. After each run the books are compared with the answers.
"""

import json
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import httpx

from benchmarks.figures import Figures
from benchmarks.stage import Web, database_cpu_s, web
from fondaco.identity import actions as identity
from fondaco.identity.states import StaffRole
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.ledger import actions as ledger, queries
from fondaco.ledger.types import AccountKind
from fondaco.money import Asset
from fondaco.project.postgres import Server

TRANSFERS: Final = 8_000
ACCOUNTS: Final = 5_000
_USD: Final = Asset("USD", 2)
_PASSWORD: Final = "walnut-copper-olive-lantern"


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Post calls into one hot account and spread over many; give the table."""
    table = Figures(
        "POST /ledger/transfers with 8,000 transfers",
        (
            "accounts",
            "calls",
            "s per call",
            "transfers/s",
            "body MB",
            "web CPU s",
            "database CPU s",
        ),
    )
    with tenancy.scope("demo"):
        token = _operator()
        codes = [_open(AccountKind.LIABILITY) for _ in range(200 if quick else ACCOUNTS)]
        source = _open(AccountKind.ASSET)
        with web(workers=1, threads=4) as running:
            client = httpx.Client(
                base_url=f"http://127.0.0.1:{running.port}/api/v1",
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                timeout=120,
            )
            with client:
                _call(client, source, codes)  # loads what is loaded at the first request
                for name, targets in (("one", codes[:1]), (f"{len(codes):,}", codes)):
                    table.add(name, *_run(server, running, client, (source, targets), seconds))
    table.note("identifiers of our own with each transfer; no Idempotency-Key; answers compared")
    return [table]


def _run(
    server: Server,
    running: Web,
    client: httpx.Client,
    sides: tuple[str, Sequence[str]],
    seconds: float,
) -> tuple[object, ...]:
    source, targets = sides
    before = queries.get_account(code=source).version
    web_cpu, database_cpu = running.cpu_s(), database_cpu_s(server)
    took: list[float] = []
    size = 0
    while sum(took) < seconds:
        began, size = _call(client, source, targets)
        took.append(time.perf_counter() - began)
    moved = queries.get_account(code=source).version - before
    if moved != TRANSFERS * len(took):
        raise AssertionError(f"{moved} transfers are in the books of {TRANSFERS * len(took)}")
    spent = sum(took)
    return (
        len(took),
        spent / len(took),
        moved / spent,
        size / 1e6,
        (running.cpu_s() - web_cpu) / len(took),
        (database_cpu_s(server) - database_cpu) / len(took),
    )


def _call(client: httpx.Client, source: str, targets: Sequence[str]) -> tuple[float, int]:
    """Post one full call; give when it was sent and how large it was."""
    transfers: list[dict[str, Any]] = [
        {
            "id": str(uuid7()),
            "debit": source,
            "credit": targets[number % len(targets)],
            "amount": "0.01",
            "memo": f"entry {number}",
        }
        for number in range(TRANSFERS)
    ]
    body = json.dumps({"transfers": transfers}).encode()
    began = time.perf_counter()
    answer = client.post("/ledger/transfers", content=body)
    if answer.json().get("succeeded") != TRANSFERS:
        raise AssertionError(answer.text[:300])
    return began, len(body)


def _operator() -> str:
    link = identity.create_operator(
        role=StaffRole.OPERATOR,
        email=f"{uuid4().hex}@example.com",
        first_name="Olga",
        last_name="Keeper",
        permissions=frozenset({"ledger:write"}),
        by=SYSTEM,
    )
    user = identity.set_up_operator(token=link.token, password=_PASSWORD)
    return identity.open_session(user_id=user.id).access_token


def _open(kind: AccountKind) -> str:
    floor = 0 if kind is AccountKind.LIABILITY else None
    code = f"custom:{uuid4().hex}:USD"
    return ledger.open_account(code=code, asset=_USD, kind=kind, floor=floor, by=SYSTEM).code
