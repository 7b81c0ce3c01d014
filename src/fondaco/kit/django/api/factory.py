"""The API as a whole: one parser, one shape of refusal, one description of itself."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from pydantic import Field

from fondaco import __version__
from fondaco.kit.django.api import docs, problems
from fondaco.kit.django.api.auth import optional
from fondaco.kit.django.api.parser import Parser
from fondaco.kit.django.api.schemas import Strict

_UNUSED: Final = HttpResponse()


class FieldProblem(Strict):
    """Describe one field that did not pass."""

    field: str
    code: str
    detail: str


class Problem(Strict):
    """Describe a refusal (RFC 9457); further members are facts of that refusal."""

    type: str
    title: str
    status: int
    code: str = Field(description="Stable; listed in docs/errors.md.")
    detail: str
    field: str | None = None
    errors: list[FieldProblem] | None = None
    request_id: str


class Api(NinjaAPI):
    """The platform's API with Swagger UI under ``docs`` and ReDoc under ``redoc``."""

    _described: OpenAPISchema | None = None

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Describe all operations, and the problem that each of them refers to; made once."""
        if path_prefix is None and self._described is not None:
            return self._described
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schemas: dict[str, Any] = schema["components"]["schemas"]
        template = "#/components/schemas/{model}"
        problem = Problem.model_json_schema(ref_template=template)
        schemas |= problem.pop("$defs")
        schemas["Problem"] = problem | {"additionalProperties": True}
        schema["components"]["schemas"] = dict(sorted(schemas.items()))
        _keep_examples_in_schemas(schema["paths"])
        if path_prefix is None:
            self._described = schema
        return schema

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """Give ninja the answer that it would fill; ours are made by the router, so one serves all."""
        del request
        return _UNUSED

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        return [*super()._get_urls(), *docs.urls(self)]


def make_api(
    *, title: str = "Fondaco", version: str = __version__, namespace: str = "api-v1"
) -> Api:
    """Make an API without operations; ``add_router`` mounts those of the domains."""
    api = Api(
        title=title,
        version=version,
        description="Wallets, payments, exchange, trade finance and investing on one ledger.",
        openapi_url="/openapi.json",
        docs_url=None,
        urls_namespace=namespace,
        auth=optional,
        parser=Parser(),
    )
    handler: Any = problems.answer  # ninja's type lets an exception be a class, which it never is
    for exception in list(api._exception_handlers):  # noqa: SLF001 - ninja has no way to take its own out
        api.add_exception_handler(exception, handler)
    api.add_exception_handler(Exception, handler)
    return api


def _keep_examples_in_schemas(paths: dict[str, Any]) -> None:
    """Undo that ninja copies a list of examples beside the schema, where OpenAPI wants an object."""
    for operations in paths.values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if isinstance(parameter.get("examples"), list):
                    del parameter["examples"]
