"""Operations: the answer's type is the return annotation, and each declares what it may refuse.

``Router`` wraps every view once, at import: unknown query parameters are refused, models become JSON in
one pass, lists become CSV when asked for, keyed operations run once. The declared codes go into the
OpenAPI file; a refusal that an operation does not declare is reported (``on_undeclared``), which tests
turn into failures.
"""

import functools
import inspect
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar, get_args, get_type_hints

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router as NinjaRouter
from ninja.constants import NOT_SET
from pydantic import BaseModel

from fondaco.kit.django.api import refusals
from fondaco.kit.django.api.auth import Bearer, Public, optional, signed_in
from fondaco.kit.django.api.declared import Declared, describe, implied_errors
from fondaco.kit.django.api.dispatch import LeanPathView
from fondaco.kit.django.api.idempotency import MARK, run_once
from fondaco.kit.django.api.lists import Listing, item_model, stream_csv, wants_csv
from fondaco.kit.django.api.throttle import Limit
from fondaco.kit.django.nonces import Nonce, NonceSpent, holding
from fondaco.kit.errors import DomainError

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])
Errors = Sequence[type[DomainError]]

NO_CONTENT: Final = 204
NINJA_MARK: Final = "_ninja_operation"
"""Under this name ninja leaves its operation on a view."""

_undeclared_hooks: list[Callable[[str, str], None]] = []


def on_undeclared(report: Callable[[str, str], None]) -> None:
    """Call ``report(operation id, code)`` for each refusal that an operation does not declare."""
    _undeclared_hooks.append(report)


class Router(NinjaRouter):
    """Collect the operations of one domain; each demands a signed-in caller unless it says otherwise."""

    def __init__(self, *, auth: Bearer | Public | None = signed_in, **options: Any) -> None:
        """Take the default proof of identity (none: open to all) and what ninja's router takes."""
        super().__init__(auth=auth or optional, **options)
        self._auth = auth or optional

    def get(self, path: str, *, errors: Errors = (), **options: Any) -> Callable[[View], View]:
        """Declare a read."""
        return self._operation("GET", path, errors, options)

    def post(self, path: str, *, errors: Errors = (), **options: Any) -> Callable[[View], View]:
        """Declare a POST; ``status=201`` where it creates, ``limit=`` for a rate limit of its own.

        ``takes=`` names the media type of a body that is no JSON: the operation reads ``request.body``.
        """
        return self._operation("POST", path, errors, options)

    def put(self, path: str, *, errors: Errors = (), **options: Any) -> Callable[[View], View]:
        """Declare a PUT."""
        return self._operation("PUT", path, errors, options)

    def patch(self, path: str, *, errors: Errors = (), **options: Any) -> Callable[[View], View]:
        """Declare a PATCH."""
        return self._operation("PATCH", path, errors, options)

    def delete(self, path: str, *, errors: Errors = (), **options: Any) -> Callable[[View], View]:
        """Declare a DELETE."""
        return self._operation("DELETE", path, errors, options)

    def _operation(
        self, method: str, path: str, errors: Errors, options: dict[str, Any]
    ) -> Callable[[View], View]:
        limit: Limit | None = options.pop("limit", None)
        status: int | None = options.pop("status", None)
        takes: str | None = options.pop("takes", None)
        operation_id: str | None = options.pop("operation_id", None)
        auth = options.pop("auth", self._auth) or optional
        if limit is not None:
            auth = auth.limited(limit)

        def decorate(view: View) -> View:
            hints = get_type_hints(view, include_extras=True)
            model = _model(hints.get("return"))
            declared = Declared(
                id=operation_id or _operation_id(view),
                status=status or (NO_CONTENT if hints.get("return") is type(None) else 200),
                model=model,
                keyed=getattr(view, MARK, None),
                errors=tuple(errors),
                query=frozenset(),
            )
            run = _Run(view, hints, declared, writes=method != "GET")
            if takes is not None:
                run.openapi_extra["requestBody"] = _raw_body(takes)
            self.path_operations.setdefault(path, LeanPathView())
            self.add_api_operation(
                path,
                [method],
                run.wrapped,
                auth=auth,
                response={declared.status: model}
                if model or declared.status == NO_CONTENT
                else NOT_SET,
                operation_id=declared.id,
                openapi_extra=run.openapi_extra,
                **options,
            )
            run.complete(path, auth)
            return view

        return decorate


class _Run:
    """One operation as ninja calls it."""

    def __init__(
        self,
        view: Callable[..., Any],
        hints: Mapping[str, Any],
        declared: Declared,
        *,
        writes: bool,
    ) -> None:
        self.writes = writes
        self.view = view
        self.declared = declared
        self.openapi_extra: dict[str, Any] = {}

        @functools.wraps(view)
        def wrapped(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            return self(request, arguments)

        wrapped.__signature__ = _resolved(view, hints)  # type: ignore[attr-defined]  # inspect reads it
        self.wrapped = wrapped

    def complete(self, path: str, auth: Bearer | Public) -> None:
        """Add what ninja found out about the parameters, and what follows from it for the codes."""
        signature = getattr(self.wrapped, NINJA_MARK).signature
        if signature.response_arg:
            raise TypeError(
                f"{self.declared.id}: return an HttpResponse to set headers of your own"
            )
        models = signature.models
        sources = {model.__ninja_param_source__ for model in models}
        query = frozenset(
            name
            for model in models
            if model.__ninja_param_source__ == "query"
            for name in model.__ninja_flatten_map__
        )
        implied = implied_errors(
            path=path,
            open_to_all=isinstance(auth, Public),
            sources=sources,
            query=query,
            keyed=self.declared.keyed is not None,
            writes=self.writes,
        )
        self.declared = replace(
            self.declared,
            errors=tuple(dict.fromkeys((*self.declared.errors, *implied))),
            query=query,
        )
        self.wrapped.declared = self.declared  # type: ignore[attr-defined]  # read by ``declarations``
        self.openapi_extra |= describe(self.declared)

    def __call__(self, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponseBase:
        nonce: Nonce | None = getattr(request, "fondaco_nonce", None)
        if nonce is None:
            return self._answer(request, arguments)
        try:
            with holding(nonce):
                return self._answer(request, arguments)
        except NonceSpent as error:
            self._check(error.code)
            raise

    def _answer(self, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponseBase:
        declared = self.declared
        try:
            if request.META.get("QUERY_STRING"):
                _refuse_unknown(request.GET, declared.query)
            if declared.keyed is not None and declared.keyed.wrapped:
                response: HttpResponseBase = run_once(
                    request,
                    declared.keyed.operation,
                    lambda: _plain_response(self._shaped(request, arguments)),
                )
            else:
                response = self._shaped(request, arguments)
        except DomainError as error:
            self._check(error.code)
            raise
        if response.status_code >= 400 and _undeclared_hooks:  # noqa: PLR2004 - problems begin here
            self._check(_code_of(response))
        return response

    def _shaped(self, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponseBase:
        result = self.view(request, **arguments)
        if isinstance(result, HttpResponseBase):
            return result
        if result is None:
            return HttpResponse(status=self.declared.status)
        if isinstance(result, Listing):
            model = self.declared.model or type(result)
            if wants_csv(request):
                return stream_csv(result, item_model(model))
            result = model.model_construct(items=result.items, next=result.next)
        return HttpResponse(
            result.model_dump_json(by_alias=True),
            status=self.declared.status,
            content_type="application/json",
        )

    def _check(self, code: str) -> None:
        if not self.declared.allows(code):
            log.warning("operation %s does not declare %s", self.declared.id, code)
            for report in _undeclared_hooks:
                report(self.declared.id, code)


def declarations(router: NinjaRouter) -> Iterator[Declared]:
    """Give what the operations of a router declare."""
    for path_view in router.path_operations.values():
        for operation in path_view.operations:
            yield operation.view_func.declared  # type: ignore[attr-defined]  # set by _Run.complete


def _refuse_unknown(given: Iterable[str], known: frozenset[str]) -> None:
    for name in given:
        if name not in known:
            shown = refusals.spell(name)
            raise refusals.UnknownField(f"The parameter {shown} is not known here.", field=shown)


def _raw_body(media_type: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _model(annotation: Any) -> type[BaseModel] | None:
    """Give the model of the answer; ``… | HttpResponse`` says that some answers are written already."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _operation_id(view: Callable[..., Any]) -> str:
    """Name an operation after its domain and verb: ``wallets_open_wallet``."""
    module = view.__module__.removeprefix("fondaco.").removesuffix(".api")
    return f"{module.split('.')[0]}_{view.__name__}"


def _resolved(view: Callable[..., Any], hints: Mapping[str, Any]) -> inspect.Signature:
    signature = inspect.signature(view)
    parameters = [
        parameter.replace(annotation=hints.get(name, parameter.annotation))
        for name, parameter in signature.parameters.items()
    ]
    return signature.replace(parameters=parameters)


def _plain_response(response: HttpResponseBase) -> HttpResponse:
    if not isinstance(response, HttpResponse):
        raise TypeError("an idempotent operation gives one answer that can be kept")
    return response


def _code_of(response: HttpResponseBase) -> str:
    content = response.content if isinstance(response, HttpResponse) else b"{}"
    return str(json.loads(content).get("code", ""))
