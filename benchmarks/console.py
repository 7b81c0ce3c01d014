"""How long the server takes for each page of the console, and what a first view of it weighs.

Somebody of each kind walks from link to link, without a network between; each page is opened again and again,
warm, and the median counts. The walk and what stands on the pages are those of the tests.
"""

from collections.abc import Sequence
from typing import Final

from benchmarks.figures import Figures
from fondaco.console.tests.browsing import browsing
from fondaco.console.tests.staging import CAST
from fondaco.console.tests.walking import walk
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import schemas
from fondaco.project.postgres import Server

MS_MAX: Final = 40
"""What a page may take of the server."""
_REPEAT: Final = 15
_KB: Final = 1000


def measure(server: Server, *, seconds: float, quick: bool) -> Sequence[Figures]:
    """Open every page as a client, a merchant and one of the house's own people."""
    del server, seconds  # the number of pages says how long it takes
    made = schemas.create_tenant(name="console", mode="demo", hosts=["console.test"])
    table = Figures(
        "Pages of the console, warm",
        ["page", "as", "ms", "queries", "kB of a first view"],
    )
    slow = 0
    with tenancy.scope(made.scope.name), browsing(made.scope.name):
        for kind, enter in CAST.items():
            found = walk(enter().client, repeat=3 if quick else _REPEAT)
            for one in sorted(found.values(), key=lambda page: -page.milliseconds):
                table.add(one.name, kind, one.milliseconds, one.queries, one.bytes / _KB)
                slow += one.milliseconds > MS_MAX
    table.note(f"{slow} of {len(table.rows)} pages take more than {MS_MAX} ms.")
    table.note("A first view is the page with its styles, scripts and icon as they travel (gzip).")
    return [table]
