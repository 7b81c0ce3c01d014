"""Run a worker on the samples' queue: ``python -m fondaco.kit.django.tests.worker SECONDS``.

It takes jobs of workers who were not heard of for so many seconds.
"""

import sys

import django

django.setup()

from fondaco.kit.django import workers  # noqa: E402 - models can be imported only after the setup
from fondaco.kit.django.tests import samples  # noqa: E402, F401 - declares the tasks

workers.run_worker(
    queues=["samples"],
    pace=workers.Pace(poll_s=0.2, heartbeat_s=0.5, stalled_s=float(sys.argv[1]), relay_s=0.1),
)
