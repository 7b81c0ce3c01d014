"""Swagger UI and ReDoc as pages of our own: their scripts come from the installed package, not from a CDN."""

from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ninja
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

if TYPE_CHECKING:
    from ninja import NinjaAPI

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Both are third-party pages that write styles into themselves."""

_FOLDER: Final = Path(ninja.__file__).parent / "static" / "ninja"
_ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-init.js": "text/javascript",
    "redoc.standalone.js": "text/javascript",
    "favicon.svg": "image/svg+xml",
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{icon}">
"""
_SWAGGER: Final = (
    _PAGE
    + """<link rel="stylesheet" href="{style}">
</head>
<body data-api-csrf="" data-csrf-token="">
<script type="application/json" id="swagger-settings">
{{"url": "{spec}", "layout": "BaseLayout", "deepLinking": true, "validatorUrl": null}}
</script>
<div id="swagger-ui"></div>
<script src="{bundle}"></script>
<script src="{start}"></script>
</body>
</html>
"""
)
_REDOC: Final = (
    _PAGE
    + """</head>
<body>
<redoc spec-url="{spec}"></redoc>
<script src="{script}"></script>
</body>
</html>
"""
)


def urls(api: "NinjaAPI") -> list[URLPattern]:
    """Give the paths of both pages and of what they load."""
    return [
        path("docs", partial(_swagger, api=api), name="docs"),
        path("redoc", partial(_redoc, api=api), name="redoc"),
        path("docs/<str:name>", _asset, name="docs-asset"),
    ]


def _swagger(request: HttpRequest, *, api: "NinjaAPI") -> HttpResponse:
    del request
    return _page(
        api,
        _SWAGGER,
        style="swagger-ui.css",
        bundle="swagger-ui-bundle.js",
        start="swagger-ui-init.js",
    )


def _redoc(request: HttpRequest, *, api: "NinjaAPI") -> HttpResponse:
    del request
    return _page(api, _REDOC, script="redoc.standalone.js")


def _page(api: "NinjaAPI", template: str, **assets: str) -> HttpResponse:
    space = api.urls_namespace
    links = {
        role: reverse(f"{space}:docs-asset", kwargs={"name": name})
        for role, name in (assets | {"icon": "favicon.svg"}).items()
    }
    page = format_html(
        template, title=f"{api.title} API", spec=reverse(f"{space}:openapi-json"), **links
    )
    return HttpResponse(page, headers={"Content-Security-Policy": POLICY})


def _asset(request: HttpRequest, name: str) -> HttpResponse:
    del request
    if name not in _ASSETS:
        raise Http404
    return HttpResponse(
        _read(name), content_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=86400"}
    )


@lru_cache(maxsize=len(_ASSETS))
def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
