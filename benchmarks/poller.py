"""A process that only asks for prices, each second: ``python -m benchmarks.poller ROUNDS``.

Says ``ready`` after a first round, which opens all connections; then what the rounds came to, as JSON:
processor seconds of this process, and seconds that the rounds took. It stays until nobody listens to it.
"""

import json
import sys
import time
from importlib import import_module


def main(rounds: int) -> None:
    """Ask so many times, a second apart."""
    import_module("django").setup()
    poll = import_module("fondaco.market.actions").poll_tenants
    poll()
    _say("ready")
    began, cpu, took = time.monotonic(), time.process_time(), 0.0
    for number in range(rounds):
        time.sleep(max(0.0, began + number - time.monotonic()))
        at = time.monotonic()
        poll()
        took += time.monotonic() - at
    used = time.process_time() - cpu
    _say(json.dumps({"cpu_s": used, "took_s": took}))
    sys.stdin.read()
    import_module("fondaco.market.feeds").close_all()
    import_module("django.db").connections.close_all()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
