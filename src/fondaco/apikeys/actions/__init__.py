"""The only writers of keys and of customers' address lists."""

from fondaco.apikeys.actions.keys import create_key, create_test_key, delete_key, note_use
from fondaco.apikeys.actions.networks import allow_network, remove_network

__all__ = [
    "allow_network",
    "create_key",
    "create_test_key",
    "delete_key",
    "note_use",
    "remove_network",
]
