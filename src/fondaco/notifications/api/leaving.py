"""``/notifications/unsubscribe``: leave the mailings by the link in one, without logging in (RFC 8058).

A look changes nothing: programs that check links look too. The page has one button; a mail program's own
button posts to the same address.
"""

from typing import Annotated, Final

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Text
from fondaco.kit.errors import NotFound
from fondaco.notifications import actions, unsubscribing

router = Router(auth=None, tags=["notifications"])

Token = Annotated[Text, Field(max_length=100)]

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mailings</title></head>
<body><main><h1>Mailings</h1>{}</main></body></html>
"""
_ASK: Final = (
    '<form method="post"><p>Do you want no more mailings?</p>'
    "<p><button>Send me none any more</button></p></form>"
)
_DONE: Final = "<p>You get no more mailings. Your settings let you change your mind.</p>"
_POLICY: Final = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"


@router.get("/{token}", errors=(NotFound,))
def ask_to_unsubscribe(request: HttpRequest, token: Token) -> HttpResponse:
    """Show a page with the button that leaves the mailings."""
    del request
    unsubscribing.read(token)
    return _page(_ASK)


@router.post("/{token}", takes="application/x-www-form-urlencoded", errors=(NotFound,))
def unsubscribe(request: HttpRequest, token: Token) -> HttpResponse:
    """Leave the mailings: the whole of RFC 8058's one click."""
    del request
    actions.unsubscribe(token=token)
    return _page(_DONE)


def _page(content: str) -> HttpResponse:
    return HttpResponse(
        _PAGE.format(content),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _POLICY},
    )
