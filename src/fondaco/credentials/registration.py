"""What credentials declare to the layers below when the process starts."""

from fondaco.credentials import queries
from fondaco.identity import export


def register() -> None:
    """Show a person's second factors in the export of his data; doing so again changes nothing."""
    export.add_section("second_factors", queries.export_factors)
