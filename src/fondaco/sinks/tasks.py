"""The periodic work that carries events on."""

from typing import Final

from fondaco.kit.django import jobs
from fondaco.sinks import carrying

PASS_S: Final = 20.0


@jobs.periodic("* * * * * */2")
@jobs.task(queue="sinks", retry=jobs.NEVER)
def carry_events() -> None:
    """Carry what waits to all sinks; without any, nothing happens."""
    carrying.carry_all(for_s=PASS_S)
