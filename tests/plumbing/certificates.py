"""Trust one authority instead of all: to read what the world trusts takes every new client of HTTP 30 ms.

Tests speak plain HTTP to this machine; those that speak TLS bring what they trust.
"""

import os
from pathlib import Path
from typing import Final

import certifi

_END: Final = "-----END CERTIFICATE-----\n"


def trust_one(folder: Path) -> None:
    """Have clients that look into the environment read a single certificate, kept in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path, draft = folder / "trusted.pem", folder / f"trusted.{os.getpid()}"
    first, end, _ = certifi.contents().partition(_END)
    draft.write_text(first + end, encoding="ascii")
    draft.replace(path)  # at once, since another process may be reading it
    os.environ["SSL_CERT_FILE"] = str(path)
