"""The sandbox as one ASGI application: ``uvicorn sandbox.app:application --port 8002``.

Where ``SANDBOX_SMTP_PORT`` names a port, it takes e-mail by SMTP there too.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from sandbox import smtp
from sandbox.advisor import Advisor
from sandbox.control import Control
from sandbox.mailbox import Mailbox
from sandbox.messengers import MailApi, Slack, SmsGateway, TelegramBot
from sandbox.sumsub import SumSub
from sandbox.telegram import Telegram
from sandbox.venues import Stage, Venue
from sandbox.venues_binance import BinanceVenue
from sandbox.venues_control import ExchangeControl
from sandbox.venues_htx import HtxVenue
from sandbox.venues_kraken import KrakenVenue

SMTP_PORT: Final = "SANDBOX_SMTP_PORT"


def make_application(venues: Sequence[Venue]) -> Starlette:
    """Put the venues on: each below its name, all of them steered below ``/control``."""
    stages = {venue.name: Stage(venue, Router(venue.routes())) for venue in venues}
    mounts: list[BaseRoute] = [Mount(f"/{name}", stage) for name, stage in stages.items()]
    control = Mount("/control", Router(Control(stages).routes()))
    exchanges = ExchangeControl(stages)
    own: list[BaseRoute] = [
        Route("/", _welcome),
        Route("/livez", _live),
        Mount("/control/exchanges", Router(exchanges.routes())),
        control,
        Mount("/exchanges", Router(exchanges.pages())),
    ]
    return Starlette(routes=own + mounts, lifespan=_with_smtp(venues))


def messengers() -> list[Venue]:
    """Give a mailbox with all roads that lead there."""
    box = Mailbox()
    return [box, MailApi(box), Slack(box), TelegramBot(box), SmsGateway(box)]


def _with_smtp(venues: Sequence[Venue]) -> Any:
    boxes = [venue for venue in venues if isinstance(venue, Mailbox)]

    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        port = os.environ.get(SMTP_PORT, "")
        if not port or not boxes:
            yield
            return
        async with smtp.listening(boxes[0], port=int(port)):
            yield

    return lifespan


async def _welcome(request: Request) -> Response:
    del request
    return RedirectResponse("/mailbox/")


async def _live(request: Request) -> Response:
    del request
    return PlainTextResponse("ok\n")


DRIFT_BPS: Final = 15
"""How far the simulated exchanges' prices swing, so that there is something to see."""

application: Final = make_application(
    [
        Advisor(),
        *messengers(),
        SumSub(),
        Telegram(),
        KrakenVenue(drift_bps=DRIFT_BPS),
        BinanceVenue(drift_bps=DRIFT_BPS),
        HtxVenue(drift_bps=DRIFT_BPS),
    ]
)
