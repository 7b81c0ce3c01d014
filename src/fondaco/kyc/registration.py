"""What verification declares to the layers below when the process starts."""

from typing import Final

from fondaco.identity import export
from fondaco.kit.django import callbacks
from fondaco.kit.django.api import bodies
from fondaco.kit.django.files import SIZE_MAX
from fondaco.kyc import queries
from fondaco.kyc.providers.registry import PROVIDERS
from fondaco.kyc.receiver import KycReceiver

DOCUMENTS: Final = "/api/v1/me/verification/documents"
"""Takes a whole file as its body."""


def register() -> None:
    """Take notices of providers, large files, and a part in exports; doing so again changes nothing."""
    callbacks.register("sumsub", KycReceiver(PROVIDERS["sumsub"]))
    bodies.allow(DOCUMENTS, lambda _: SIZE_MAX)
    export.add_section("verifications", queries.export_verifications)
