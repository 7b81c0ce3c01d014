"""``fondaco show-urls``, ``shell``, ``dump-data``, ``django``: look inside."""

import code
import inspect
import sys
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import typer
from django.apps import apps
from django.core import serializers
from django.core.management import execute_from_command_line
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from rich.console import Console
from rich.table import Table

from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy.router import SHARED
from fondaco.kit.options import options
from fondaco.project import database
from fondaco.project.api import MOUNTS, PREFIX

app = typer.Typer()

Tenant = Annotated[str | None, typer.Option(help="None: the default tenant.")]


@app.command()
def show_urls() -> None:
    """List every path, the methods that it takes and what answers it."""
    table = Table("path", "methods", "answered by", box=None)
    for column in table.columns:
        column.overflow = "fold"
    for row in sorted({*_operations(), *_other_paths(get_resolver().url_patterns)}):
        table.add_row(*row)
    Console(soft_wrap=True).print(table)


@app.command()
def shell(*, tenant: Tenant = None) -> None:
    """Open a Python shell with the models, in the scope of one tenant."""
    name = tenant or options().default_tenant
    with database.available(), tenancy.scope(name):
        names: dict[str, Any] = {model.__name__: model for model in apps.get_models()}
        code.interact(f"Tenant {name}. Models: {', '.join(sorted(names))}", local=names)


@app.command()
def dump_data(*, tenant: Tenant = None) -> None:
    """Write one tenant's rows as JSON lines; encrypted columns keep their seal."""
    with database.available(), tenancy.scope(tenant or options().default_tenant):
        with connection.cursor() as cursor:
            there = set(connection.introspection.table_names(cursor))
        for model in apps.get_models():
            options_of = model._meta  # noqa: SLF001 - Django's documented way to a model's options
            # Of some libraries only the code is used, not their tables.
            if options_of.app_label in SHARED or options_of.db_table not in there:
                continue
            rows = model._default_manager.order_by("pk").iterator(chunk_size=1000)  # noqa: SLF001 - likewise
            serializers.serialize("jsonl", rows, stream=sys.stdout)


@app.command(
    name="django", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def django_(context: typer.Context) -> None:
    """Run a command of Django's own on the shared schema, such as makemigrations."""
    with database.available(), tenancy.system_scope():
        execute_from_command_line(["fondaco django", *context.args])


def _operations() -> Iterator[tuple[str, str, str]]:
    for prefix, router in MOUNTS:
        for path, view in router.path_operations.items():
            for one in view.operations:
                yield f"/{PREFIX}{prefix[1:]}{path}", " ".join(one.methods), _name(one.view_func)


def _other_paths(
    patterns: list[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, str, str]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _other_paths(pattern.url_patterns, path)
        elif not pattern.callback.__module__.startswith("ninja.operation"):
            yield path, "GET", _name(pattern.callback)


def _name(view: Any) -> str:
    inner = inspect.unwrap(view.func if isinstance(view, partial) else view)
    return f"{inner.__module__}.{inner.__qualname__}"
