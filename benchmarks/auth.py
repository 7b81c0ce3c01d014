"""What it costs to know who asks: one read and one write, as a guest, with a token and with a signature.

In one thread and without sockets: through all middlewares by WSGI, so that nothing but the request is
measured. The read answers a constant; the write puts one small row into a table and commits. With a
signature the nonce commits with that row. The difference is the proof alone.
"""

import gc
import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from benchmarks.cast import gather
from benchmarks.figures import Figures
from benchmarks.stage import family
from fondaco.apikeys import actions as apikeys, signing
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.types import IssuedKey, NewKey
from fondaco.identity import actions as identity
from fondaco.identity.models import Membership
from fondaco.kit import options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.ids import uuid7
from fondaco.project.postgres import Server
from fondaco.project.wsgi import application

READ: Final = "GET /api/v1/ledger/keys"
"""Open to all, and reads nothing but a setting; credentials that are sent are checked."""
WRITE: Final = "POST /api/v1/usual/notes"
"""Open to all; one row, one commit."""
ROUNDS: Final = 25
ALLOWED_US: Final = 150.0
HOST: Final = "127.0.0.1:8000"

Prove = Callable[[], Mapping[str, str]]
"""Give the headers of one request, as WSGI names them."""


@dataclass(slots=True)
class Weight:
    """Hold what a request costs at the least (microseconds of CPU), and how many queries it makes."""

    web_us: float = float("inf")
    database_us: float = float("inf")
    queries: int = 0


def measure(server: Server, *, seconds: float, quick: bool) -> list[Figures]:
    """Weigh the three ways by turns, and see how soon an ended session is refused."""
    del seconds
    requests = 40 if quick else 200
    # The limits stay on and count each request; they are only too high to be met.
    high = dict.fromkeys(
        ("rate_user_per_hour", "rate_user_burst_per_second", "rate_anonymous_per_minute"), 10**9
    )
    with tenancy.scope("demo"), options.override(**high):
        cast = gather(merchants=1, clients=1)
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {cast.client_bearers[0]}"}
        key = _key()
        tables = []
        for operation in (READ, WRITE):
            signed = _signatures(key, operation, many=ROUNDS * requests + 8)
            proofs: dict[str, Prove] = {
                "guest": dict,
                "access token": lambda: bearer,
                "signature of a key": signed.__next__,
            }
            weights = _weigh(server, operation, proofs, requests=requests)
            tables.append(_table(operation, weights))
        tables[0].note(
            f"a session that another process ended was refused after {_refused_after_ms():.0f} ms"
        )
    return tables


def _weigh(
    server: Server, operation: str, proofs: Mapping[str, Prove], *, requests: int
) -> dict[str, Weight]:
    """Weigh by turns; the least of many rounds is what others disturbed least."""
    weights = {name: Weight() for name in proofs}
    for name, prove in proofs.items():
        _ask(operation, prove())
        with CaptureQueriesContext(connection) as caught:
            _ask(operation, prove())
        weights[name].queries = len(caught)
    gc.collect()
    gc.disable()
    for _ in range(ROUNDS):
        for name, prove in proofs.items():
            headers = [prove() for _ in range(requests)]
            before, begun = _database_ns(server), time.thread_time_ns()
            for sent in headers:
                if _ask(operation, sent) >= 400:
                    raise AssertionError(f"{operation} by {name} was refused")
            web_ns = time.thread_time_ns() - begun
            database_ns = _database_ns(server) - before
            weight = weights[name]
            weight.web_us = min(weight.web_us, web_ns / 1e3 / requests)
            weight.database_us = min(weight.database_us, database_ns / 1e3 / requests)
    gc.enable()
    return weights


def _database_ns(server: Server) -> int:
    """Give the CPU time of the database's processes, as exact as the kernel counts it."""
    used = 0
    for process in family(server.pid() or 0):
        try:
            told = Path(f"/proc/{process.pid}/schedstat").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            continue
        used += int(told.split()[0])
    return used


def _refused_after_ms() -> float:
    """End a session behind this process's back, as another process does, and ask until it is refused."""
    user_id = Membership.objects.order_by("id")[0].user_id
    signed_in = identity.open_session(user_id=user_id)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {signed_in.access_token}"}
    if _ask(READ, headers) != 200:
        raise AssertionError("the session is not open")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE identity_session SET ended_at = now(), end_reason = 'logged_out' WHERE id = %s",
            [signed_in.session_id],
        )
    begun = time.monotonic()
    while _ask(READ, headers) == 200:
        time.sleep(0.005)
    return 1e3 * (time.monotonic() - begun)


def _key() -> IssuedKey:
    member = Membership.objects.order_by("id")[0]
    return apikeys.create_key(
        customer_id=member.customer_id,
        user_id=member.user_id,
        ask=NewKey(label="bench", scopes=frozenset({Scope.WALLETS_READ.value})),
        by=SYSTEM,
    )


def _signatures(key: IssuedKey, operation: str, *, many: int) -> Iterator[Mapping[str, str]]:
    """Sign requests, each anew; what signing costs is the caller's and is not weighed."""
    method, path = operation.split(" ")
    request = signing.Request(method=method, host=HOST, target=path)
    for _ in range(many):
        signature = signing.sign(
            request, secret=key.secret, at_s=int(time.time()), nonce=uuid7().hex
        )
        yield {
            "HTTP_AUTHORIZATION": f"Key {key.key.wire_id}",
            "HTTP_FONDACO_SIGNATURE": signature,
        }


def _ask(operation: str, headers: Mapping[str, str]) -> int:
    """Send one request by WSGI and give the status."""
    method, path = operation.split(" ")
    told: list[int] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": "0",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": HOST,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **headers,
    }
    for _ in application(environ, lambda status, *_: told.append(int(status[:3]))):
        pass
    return told[0]


def _table(operation: str, weights: Mapping[str, Weight]) -> Figures:
    table = Figures(
        f"Knowing who asks: {operation}, one thread, no sockets",
        ("proof", "web CPU µs", "more than a guest", "database CPU µs", "more", "queries"),
    )
    guest = weights["guest"]
    for name, weight in weights.items():
        table.add(
            name,
            weight.web_us,
            weight.web_us - guest.web_us,
            weight.database_us,
            weight.database_us - guest.database_us,
            weight.queries,
        )
    most = max(weight.web_us - guest.web_us for weight in weights.values())
    word = "kept" if most <= ALLOWED_US else "NOT KEPT"
    table.note(f"goal: at most {ALLOWED_US:.0f} µs more than a guest: {word}")
    return table
