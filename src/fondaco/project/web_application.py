"""Handle requests as Django does, less what the platform does not use; measured, it is a sixth of a charge.

Left out are Django's signals about requests (nobody of ours listens; what Django itself does on them is done
below), view and exception middleware, transactions per request and asynchronous views.
Paths are resolved by their shapes.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch, URLResolver, get_resolver

from fondaco.kit.django.api.bodies import READ
from fondaco.kit.django.tenancy.backend.base import tend_when_used
from fondaco.project.paths import Paths

StartResponse = Callable[[str, list[tuple[str, str]]], object]


class WebApplication(WSGIHandler):
    """Answer WSGI requests."""

    def __init__(self) -> None:
        """Load the middleware.

        :raises RuntimeError: some of it needs what is left out here
        """
        super().__init__()
        self._resolver: URLResolver | None = None
        self._paths = Paths(())
        # By name: django-stubs leaves these attributes out.
        kinds = ("_view_middleware", "_template_response_middleware", "_exception_middleware")
        if any(getattr(self, kind) for kind in kinds):
            raise RuntimeError("middleware with process_… methods needs Django's own handler")

    def __call__(  # type: ignore[override]  # django-stubs gives the response itself, which is iterable, too
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request; what is whole is handed over in one piece, which the server sends at once."""
        tend_when_used()
        request = self.request_class(environ)
        if READ in environ:
            request._body = environ[READ]  # noqa: SLF001 - where Django keeps it once it is read; a test watches it
        response = self.get_response(request)
        headers = list(response.items())
        if response.cookies:
            headers += [("Set-Cookie", one.output(header="")) for one in response.cookies.values()]
        start_response(f"{response.status_code} {response.reason_phrase}", headers)
        if not isinstance(response, HttpResponse):
            return response  # a stream of bytes, which the server closes
        for close in response._resource_closers:  # type: ignore[attr-defined]  # noqa: SLF001 - what HttpResponse.close() does before its signal
            close()
        response.closed = True
        return [response.content]

    def load(self) -> None:
        """Load all that answers; else the first request would wait for it."""
        resolver = get_resolver()
        self._paths, self._resolver = Paths(resolver.url_patterns), resolver

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Find the operation of a path."""
        resolver = get_resolver()
        if resolver is not self._resolver:
            self.load()
        match = self._paths.resolve(request.path_info, resolver.resolve)
        request.resolver_match = match
        return match

    def _get_response(self, request: HttpRequest) -> HttpResponseBase:
        view, args, kwargs = self.resolve_request(request)
        response: HttpResponseBase = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            return response.render()
        return response
