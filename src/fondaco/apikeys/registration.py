"""What keys declare to the layers below when the process starts."""

from fondaco.apikeys import queries
from fondaco.identity import export


def register() -> None:
    """Show a person's keys in the export of his data; doing so again changes nothing."""
    export.add_section("api_keys", queries.export_keys)
