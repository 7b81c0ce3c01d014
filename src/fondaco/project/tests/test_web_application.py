"""A body that the server has read reaches the operation, whatever it is."""

import json
from io import BytesIO
from typing import Any

from fondaco.identity.tests.people import unique
from fondaco.kit.django.api.bodies import READ
from fondaco.project.web_application import WebApplication


class Unread(BytesIO):
    """Be a body that nobody may read."""

    def read(self, *_size: Any) -> bytes:
        raise AssertionError("the body was read again")

    readline = read


def ask(body: bytes, *, media_type: str, path: str = "/api/v1/auth/login") -> tuple[str, bytes]:
    """Post a body that the server has read already."""
    heard: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "alpha.test",
        "SERVER_PORT": "80",
        "HTTP_HOST": "alpha.test",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": Unread(body),
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(body)),
        READ: body,
    }
    pieces = WebApplication()(environ, lambda status, _headers: heard.append(status))
    return heard[0], b"".join(pieces)


class TestABodyThatWasRead:
    def test_is_not_read_again(self) -> None:
        login = {"identifier": f"{unique()}@example.com", "password": "violet-harbour-27-lanterns"}
        status, answer = ask(json.dumps(login).encode(), media_type="application/json")
        assert (status, json.loads(answer)["code"]) == ("401 Unauthorized", "wrong_credentials")

    def test_is_refused_as_any_other(self) -> None:
        for body, media_type, code in (
            (b"{", "application/json", "malformed_json"),
            (b"{}", "text/plain", "unsupported_media_type"),
            (b"{}", "application/json", "invalid_field"),
        ):
            _status, answer = ask(body, media_type=media_type)
            assert json.loads(answer)["code"] == code
