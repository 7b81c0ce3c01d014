"""The three calls that we make: create an applicant, describe one, and get the link of the hosted page."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx

from fondaco.kit.http import make_client
from fondaco.vendors.sumsub.reading import Malformed, read_applicant, read_link
from fondaco.vendors.sumsub.signing import headers
from fondaco.vendors.sumsub.types import Review

BASE: Final = "https://api.sumsub.com"
LINK_LIVES_S: Final = 1800

Read = TypeVar("Read")


class SumSubError(Exception):
    """Say that a call did not do what it was to do."""


class Unavailable(SumSubError):
    """Say that SumSub cannot be asked now, or that its answer cannot be understood."""


class Refused(SumSubError):
    """Say that SumSub refused the call for good."""


@dataclass(frozen=True, slots=True)
class SumSub:
    """Speak to SumSub with one account's token."""

    token: str = field(repr=False)
    secret: str = field(repr=False)
    clock_s: Callable[[], int]
    """Gives the time in Unix seconds."""
    base: str = BASE
    transport: httpx.BaseTransport | None = None

    def create_applicant(self, *, level: str, external_user_id: str) -> Review:
        """Make an applicant; one who is there already is given as he is.

        :raises SumSubError: it was not to be had
        """
        target = f"/resources/applicants?levelName={quote(level, safe='')}"
        content = {"externalUserId": external_user_id}
        answer = self._ask("POST", target, content)
        if answer.status_code == HTTPStatus.CONFLICT:
            name = quote(external_user_id, safe="")
            answer = self._ask("GET", f"/resources/applicants/-;externalUserId={name}/one")
        return self._read(answer, read_applicant)

    def describe_applicant(self, applicant_id: str) -> Review:
        """Say how far an applicant's review is.

        :raises SumSubError: it was not to be had
        """
        name = quote(applicant_id, safe="")
        return self._read(self._ask("GET", f"/resources/applicants/{name}/one"), read_applicant)

    def link(self, *, level: str, external_user_id: str) -> str:
        """Give the address of the hosted page where a person shows documents and face.

        :raises SumSubError: it was not to be had
        """
        name, user = quote(level, safe=""), quote(external_user_id, safe="")
        target = (
            f"/resources/sdkIntegrations/levels/{name}/websdkLink"
            f"?ttlInSecs={LINK_LIVES_S}&externalUserId={user}"
        )
        return self._read(self._ask("POST", target), read_link)

    def _ask(self, method: str, target: str, content: Any = None) -> httpx.Response:
        body = b"" if content is None else json.dumps(content).encode()
        sent = headers(
            token=self.token,
            secret=self.secret,
            at_s=self.clock_s(),
            method=method,
            target=target,
            body=body,
        )
        if body:
            sent["Content-Type"] = "application/json"
        try:
            with make_client(transport=self.transport) as client:
                return client.request(method, self.base + target, content=body, headers=sent)
        except httpx.HTTPError as error:
            raise Unavailable(str(error)) from error

    def _read(self, answer: httpx.Response, reader: Callable[[bytes], Read]) -> Read:
        status = answer.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unavailable(f"answered {status}")
        if status >= HTTPStatus.BAD_REQUEST:
            raise Refused(f"answered {status}")
        try:
            return reader(answer.content)
        except Malformed as error:
            raise Unavailable(f"answered what cannot be read: {error}") from error
