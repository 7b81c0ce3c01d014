"""How developers and tests steer the simulated world.

``GET /control`` tells what happened at each venue, ``POST /control/reset`` sets all back, and
``PUT /control/<venue>/faults`` makes one late or wrong: ``{"latency_s": 2}``,
``{"trickle_s": 0.1}`` or ``{"status": 503, "times": 3}``. What a venue can do wrong beside that, such as
``lost_answers`` of an exchange, stands in the same object.
"""

from collections.abc import Mapping
from dataclasses import asdict
from json import JSONDecodeError
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.venues import COMMON, Faults, Quirky, Refused, Stage


class Control:
    """Steer the venues that are on stage."""

    def __init__(self, stages: Mapping[str, Stage]) -> None:
        """Know the venues by name."""
        self._stages = stages

    def routes(self) -> list[BaseRoute]:
        """Give the control API, below ``/control``."""
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/reset", self.reset, methods=["POST"]),
            Route("/{venue}/faults", self.set_faults, methods=["PUT"]),
        ]

    async def show(self, request: Request) -> Response:
        """Tell facts and faults of all venues."""
        del request
        told = {
            name: {"facts": dict(stage.venue.facts()), "faults": asdict(stage.faults)}
            for name, stage in self._stages.items()
        }
        return JSONResponse({"venues": told})

    async def reset(self, request: Request) -> Response:
        """Set everything back to how it was at the start."""
        del request
        for stage in self._stages.values():
            stage.reset()
        return Response(status_code=204)

    async def set_faults(self, request: Request) -> Response:
        """Make one venue late or wrong."""
        stage = self._stages.get(request.path_params["venue"])
        if stage is None:
            return JSONResponse({"error": "there is no such venue"}, status_code=404)
        try:
            _misbehave(stage, await request.json())
        except JSONDecodeError:
            return JSONResponse({"error": "the body is not JSON"}, status_code=422)
        except Refused as error:
            return JSONResponse({"error": str(error)}, status_code=422)
        return JSONResponse(asdict(stage.faults))


def _misbehave(stage: Stage, body: Any) -> None:
    """Set what every venue can do wrong, and what this one can.

    :raises Refused: unknown members, or values out of range; then nothing is set
    """
    venue = stage.venue
    if not isinstance(venue, Quirky) or not isinstance(body, dict):
        stage.faults = Faults.parse(body)
        return
    faults = Faults.parse({name: value for name, value in body.items() if name in COMMON})
    venue.set_quirks({name: value for name, value in body.items() if name not in COMMON})
    stage.faults = faults
