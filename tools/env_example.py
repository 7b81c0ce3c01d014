"""Write ``.env.example`` from the declared options, so that none is forgotten and none is invented."""

import textwrap
from collections.abc import Iterator
from typing import Final

from fondaco.kit.option_sources import env_name, group_of, is_secret, show
from fondaco.kit.options import Options

_WIDTH: Final = 100
_HEAD: Final = """\
# Settings of Fondaco, made from the code by tools/env_example.py: change them there.
#
# Copy to .env. What stands in a comment is the default. Each variable may also be given as <NAME>_FILE, the
# path of a file that holds the value. `fondaco config` shows what counts and refuses what cannot be taken.
"""

_CONTAINERS: Final = (
    ("DATABASE_SUPERUSER_PASSWORD", "", "Password of PostgreSQL's superuser (needed)."),
    (
        "DATABASE_OWNER_PASSWORD",
        "",
        "Password of the role that makes tables (needed; letters and digits).",
    ),
    (
        "DATABASE_APP_PASSWORD",
        "",
        "Password of the role that reads and writes (needed; letters and digits).",
    ),
    (
        "SITE_ADDRESS",
        "localhost",
        "Host names of all tenants, comma separated; certificates come by themselves.",
    ),
    ("HTTP_PORT", "80", "Where the proxy listens."),
    ("HTTPS_PORT", "443", "Likewise, with TLS."),
    ("ON_START", "migrate", "demo: make the demo tenant too."),
    ("IMAGE_TAG", "latest", "Tag of the images that are built and run."),
    ("GRAFANA_PASSWORD", "", "Password of Grafana's administrator (profile monitoring)."),
)
"""What compose.yaml alone reads: variable, default, meaning."""

_NEEDED: Final = {
    "SECRET_KEY": "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
    "FONDACO_ENCRYPTION_KEYS": (
        "python3 -c 'import base64, os; print(\"k1:\" + base64.b64encode(os.urandom(32)).decode())'"
    ),
}
"""What every deployment sets for itself, and what makes a value."""


def text() -> str:
    """Give the whole file."""
    return "\n".join([_HEAD, *_options(), *_containers()]) + "\n"


def compose_names() -> frozenset[str]:
    """Name the variables that compose.yaml alone reads."""
    return frozenset(name for name, _, _ in _CONTAINERS)


def _options() -> Iterator[str]:
    heading = ""
    for name, field in Options.model_fields.items():
        group, variable = group_of(field), env_name(name, field)
        if group != heading:
            heading = group
            yield f"# --- {group} " + "-" * (_WIDTH - len(group) - 7)
        yield from _comment(field.description or "")
        if variable in _NEEDED:
            yield from _comment(f"Make one: {_NEEDED[variable]}")
            yield f"{variable}="
        else:
            default = "" if is_secret(field) else show(field, field.default)
            yield f"#{variable}={default}"
        yield ""


def _containers() -> Iterator[str]:
    yield "# --- containers (compose.yaml only) " + "-" * (_WIDTH - 36)
    for variable, default, meaning in _CONTAINERS:
        yield from _comment(meaning)
        yield f"#{variable}={default}" if default else f"{variable}="
        yield ""


def _comment(sentence: str) -> list[str]:
    return textwrap.wrap(
        sentence, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False
    )
