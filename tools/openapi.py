"""The API's description as a file, and the same as a Postman collection.

Both are made from the code; nobody edits them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fondaco.project.api import PREFIX, api

METHODS: Final = ("get", "post", "put", "patch", "delete")
_BASE_URL: Final = "http://127.0.0.1:8000"
_NAMESPACE: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_DEPTH_MAX: Final = 6


def description() -> dict[str, Any]:
    """Give the OpenAPI document as plain JSON values."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=f"/{PREFIX}")))
    return found


def openapi_text() -> str:
    """Write the OpenAPI document."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def postman_text() -> str:
    """Write the collection: a folder for each tag, an example body where the operation takes one."""
    document = description()
    folders: dict[str, list[dict[str, Any]]] = {}
    for path, verb, operation in _operations(document):
        tag = (operation.get("tags") or ["other"])[0]
        folders.setdefault(tag, []).append(_request(document, path, verb, operation))
    collection = {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"].get("description", ""),
            "schema": _NAMESPACE,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{access_token}}"}]},
        "variable": [
            {"key": "base_url", "value": _BASE_URL},
            {"key": "access_token", "value": ""},
        ],
        "item": [{"name": tag, "item": items} for tag, items in folders.items()],
    }
    return json.dumps(collection, indent=1, ensure_ascii=False) + "\n"


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in document["paths"].items():
        for verb in METHODS:
            if verb in item:
                yield path, verb, item[verb]


def _request(
    document: Mapping[str, Any], path: str, verb: str, operation: Mapping[str, Any]
) -> dict[str, Any]:
    parameters = operation.get("parameters", [])
    headers = [
        {"key": one["name"], "value": _header(one["name"])}
        for one in parameters
        if one["in"] == "header" and one.get("required")
    ]
    query = [
        {"key": one["name"], "value": "", "disabled": True}
        for one in parameters
        if one["in"] == "query"
    ]
    spelled = path.replace("{", ":").replace("}", "")
    request: dict[str, Any] = {
        "method": verb.upper(),
        "header": headers,
        "description": operation.get("description", ""),
        "url": {
            "raw": "{{base_url}}" + spelled,
            "host": ["{{base_url}}"],
            "path": spelled.strip("/").split("/"),
            "query": query,
        },
    }
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        body = json.dumps(_example(document, content["schema"]), indent=2, ensure_ascii=False)
        request["header"] = [*headers, {"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": body, "options": {"raw": {"language": "json"}}}
    return {"name": operation.get("summary", path), "request": request}


def _header(name: str) -> str:
    return "{{$guid}}" if name.lower() == "idempotency-key" else ""


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """Invent a value that the schema describes; what lies too deep is left empty."""
    told = next((schema[key] for key in ("example", "default", "const") if key in schema), None)
    several = [*schema.get("examples", []), *schema.get("enum", [])]
    if told is not None or several:
        return told if told is not None else several[0]
    further = _further(document, schema)
    if further is not None:
        return _example(document, further, depth)
    members = schema.get("properties", {}) if depth < _DEPTH_MAX else {}
    if schema.get("type") == "array":
        return (
            [_example(document, schema.get("items", {}), depth + 1)] if depth < _DEPTH_MAX else []
        )
    if schema.get("type") == "object":
        return {name: _example(document, one, depth + 1) for name, one in members.items()}
    return {"string": "", "integer": 0, "number": 0, "boolean": False}.get(str(schema.get("type")))


def _further(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Give the schema that this one stands for, or the first of those that it allows."""
    found: Mapping[str, Any] | None = None
    if "$ref" in schema:
        found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            found = schema[key][0]
    return found
