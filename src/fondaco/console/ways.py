"""Where somebody wanted to go and where he came from, as paths of this house alone."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def wanted(request: HttpRequest) -> str:
    """Give the page that somebody was on the way to; none where it is not ours."""
    return ours(request.POST.get("next") or request.GET.get("next") or "")


def ours(url: str) -> str:
    """Give a path of this house; none where the address leads elsewhere."""
    inside = url_has_allowed_host_and_scheme(url, allowed_hosts=None) and url.startswith("/")
    return url if inside else ""


def came_from(request: HttpRequest) -> str:
    """Give the page on which a form was, so that somebody can be sent back to it; none where unknown."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc != request.get_host():
        return ""
    return ours(parts.path + (f"?{parts.query}" if parts.query else ""))
