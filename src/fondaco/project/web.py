"""The web process's entry point under granian.

Granian forks its workers, and installs their signal handlers only once the application is imported. A
SIGTERM that came meanwhile would be taken by what was inherited from the parent, and lost; the worker would
have to be killed. So it gets the system's own reaction back first: nothing is accepted yet, it may end.

Then the interpreter is fitted to many threads with short requests.
"""

import signal
from importlib import import_module

from fondaco.kit import tuning
from fondaco.kit.options import options

signal.signal(signal.SIGTERM, signal.SIG_DFL)

# By name, so that it runs after the line above.
with tuning.loading():
    application = import_module("fondaco.project.wsgi").application
    application.load()
    import_module("fondaco.project.serving").install(threads=options().web_threads)

tuning.tune()
