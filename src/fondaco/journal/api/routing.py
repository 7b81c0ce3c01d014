"""The router of ``/ledger/transfers``, which both who reads and who posts hang their operations on."""

from typing import Annotated, Final
from uuid import UUID

from fondaco.kit.django.api.auth import staff
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import WireId
from fondaco.ledger.types import TRANSFER_PREFIX

router: Final = Router(auth=staff, tags=["journal"])

TransferWireId = Annotated[UUID, WireId(TRANSFER_PREFIX)]
