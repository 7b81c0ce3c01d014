"""Reads of keys and allowed networks."""

from typing import Any
from uuid import UUID

from fondaco.apikeys import models
from fondaco.apikeys.rows import show_key, show_network
from fondaco.apikeys.types import AllowedNetwork, Key
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy import directory
from fondaco.kit.errors import NotFound


def list_keys(*, customer_id: UUID) -> list[Key]:
    """List a customer's living keys in the present tenant, the latest first."""
    rows = models.ApiKey.objects.filter(customer_id=customer_id, deleted_at__isnull=True)
    return [show_key(row) for row in rows.order_by("-id")]


def list_test_keys(*, customer_id: UUID) -> list[Key]:
    """List a customer's living keys in the sandbox beside the present tenant; none where there is none."""
    sandbox = directory.find_sandbox(tenancy.current().name)
    if sandbox is None:
        return []
    with tenancy.scope(sandbox):
        return list_keys(customer_id=customer_id)


def export_keys(user_id: UUID) -> list[dict[str, Any]]:
    """Give the keys that a person made, deleted ones too, as JSON values without secrets."""
    rows = models.ApiKey.objects.filter(user_id=user_id).order_by("-id")
    return [
        {
            "id": show_key(row).wire_id,
            "label": row.label,
            "scopes": sorted(row.scopes),
            "networks": row.networks,
            "created_at": row.created_at.isoformat(),
            "deleted_at": row.deleted_at.isoformat() if row.deleted_at else None,
        }
        for row in rows
    ]


def get_key(*, key_id: UUID, customer_id: UUID) -> Key:
    """Give a living key of a customer.

    :raises NotFound: he has none such
    """
    row = models.ApiKey.objects.filter(
        id=key_id, customer_id=customer_id, deleted_at__isnull=True
    ).first()
    if row is None:
        raise NotFound("You have no such key.")
    return show_key(row)


def list_networks(*, customer_id: UUID) -> list[AllowedNetwork]:
    """List the networks from which a customer may be reached, the latest first; none: all."""
    rows = models.AllowedNetwork.objects.filter(customer_id=customer_id)
    return [show_network(row) for row in rows.order_by("-id")]
