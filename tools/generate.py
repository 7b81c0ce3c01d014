"""Write all generated files anew: the API's description, the Postman collection, pages, ``.env.example``.

``make fix`` runs it; a test fails while a file differs from what this would write.
"""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import django

ROOT: Final = Path(__file__).resolve().parents[1]


def generators() -> Mapping[Path, Callable[[], str]]:
    """Give each generated file with the function that makes its text; Django must be loaded."""
    openapi = import_module("tools.openapi")
    return {
        ROOT / "docs/openapi.json": openapi.openapi_text,
        ROOT / "docs/postman.json": openapi.postman_text,
        ROOT / ".env.example": import_module("tools.env_example").text,
        ROOT / "docs/errors.md": import_module("tools.error_page").text,
    }


def main() -> None:
    """Write what differs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fondaco.project.settings")
    django.setup()
    for path, make in generators().items():
        made = make()
        if not path.exists() or path.read_text(encoding="utf-8") != made:
            path.write_text(made, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} is new")
    import_module("tools.domain_pages").main()
    import_module("tools.event_pages").main()


if __name__ == "__main__":
    main()
