"""Styles and scripts, served from the package under names that change with their content."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

_FOLDER: Final = Path(__file__).parent / "static" / "console"
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_DIGEST: Final = 12


@lru_cache(maxsize=64)
def asset_url(name: str) -> str:
    """Give the address of a file, which a browser may keep for ever.

    :raises FileNotFoundError: there is no such file
    """
    return f"{reverse('console:asset', args=(name,))}?v={_digest(name)}"


def serve(request: HttpRequest, name: str) -> HttpResponse:
    """Serve one file, compressed for whoever can read it so."""
    path = (_FOLDER / name).resolve()
    if not path.is_relative_to(_FOLDER) or path.suffix not in _KINDS or not path.is_file():
        raise Http404
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    # The two forms differ in their bytes, so a strong tag has to differ too.
    etag = f'"{_digest(name)}{"-gzip" if packed else ""}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        content = compressed(name) if packed else path.read_bytes()
        response = HttpResponse(content, content_type=f"{_KINDS[path.suffix]}; charset=utf-8")
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = _FOR_EVER if "v" in request.GET else "no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@lru_cache(maxsize=64)
def compressed(name: str) -> bytes:
    """Give a file as it travels; compressed once, and as small as it gets."""
    return gzip.compress((_FOLDER / name).read_bytes(), compresslevel=9, mtime=0)


@lru_cache(maxsize=64)
def _digest(name: str) -> str:
    return hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:_DIGEST]
