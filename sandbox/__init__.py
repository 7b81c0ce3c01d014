"""The outside world, simulated over real HTTP: for development and tests, never for production.

It runs as a process of its own, keeps everything in memory, and shares no code with the platform: nothing of
fondaco is imported here, and nothing of fondaco imports this. What stands in for a company (an exchange, a
gateway, a chain) is a *venue*: it has a name, routes below ``/<name>`` and a state that ``/control`` can set.
"""
