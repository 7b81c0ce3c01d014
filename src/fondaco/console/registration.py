"""What the console tells the layers below when the platform starts."""

from typing import Final

from fondaco.kit.django.api import bodies
from fondaco.kit.django.files import SIZE_MAX

DOCUMENTS: Final = "/console/verification/documents"
FORM_AROUND: Final = 65_536
"""What a form adds to the file in it (bytes)."""


def register() -> None:
    """Take a document whole, as the API does."""
    bodies.allow(DOCUMENTS, lambda _: SIZE_MAX + FORM_AROUND)
