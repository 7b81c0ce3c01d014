"""A worker that only covers what waits at one symbol: ``python -m drills.exchange_worker TENANT SYMBOL``."""

import sys
import time
from importlib import import_module

import django


def main(tenant: str, symbol: str) -> None:
    """Close batches and bring them on, again and again."""
    django.setup()
    tenancy = import_module("fondaco.kit.django.tenancy")
    batching = import_module("fondaco.exchange.actions.batching")
    advancing = import_module("fondaco.exchange.actions.advancing")
    queue = import_module("fondaco.exchange.queries.queue")
    with tenancy.scope(tenant):
        while True:
            for lane in queue.LANES:
                batching.close_lane(symbol=symbol, lane=lane)
            advancing.advance_all()
            time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:3])
