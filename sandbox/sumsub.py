"""SumSub, simulated: applicants, a hosted page, and webhooks signed like the real ones.

It refuses requests whose signature is wrong, as SumSub does. ``POST /sumsub/review`` plays the reviewer:
``{"applicantId", "answer": "GREEN" | "RED", "rejectType": "FINAL" | "RETRY", "comment", "url", "host"}``
decides, and sends the webhook to the address. Account: token ``sbx:sandbox``, secret ``sandbox-secret``,
webhook secret ``sandbox-webhook-secret``.
"""

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

TOKEN: Final = "sbx:sandbox"  # noqa: S105 - the sandbox's, and published on purpose
SECRET: Final = "sandbox-secret"  # noqa: S105 - likewise
WEBHOOK_SECRET: Final = "sandbox-webhook-secret"  # noqa: S105 - likewise
SKEW_MAX_S: Final = 300
KEPT: Final = 500


@dataclass(slots=True)
class Applicant:
    """Hold one applicant as the simulated SumSub knows him."""

    id: str
    external_user_id: str
    level: str
    status: str = "init"
    result: dict[str, str] = field(default_factory=dict)


class SumSub:
    """Keep applicants in memory."""

    name = "sumsub"

    def __init__(self) -> None:
        """Begin without applicants."""
        self._numbers = itertools.count(1)
        self._applicants: dict[str, Applicant] = {}
        self._sent = 0

    def routes(self) -> list[BaseRoute]:
        """Give SumSub's calls and the reviewer's."""
        user = "/resources/applicants/-;externalUserId={user}/one"
        link = "/resources/sdkIntegrations/levels/{level}/websdkLink"
        return [
            Route("/resources/applicants", self.create, methods=["POST"]),
            Route(user, self.describe, methods=["GET"]),
            Route("/resources/applicants/{id}/one", self.describe, methods=["GET"]),
            Route(link, self.link, methods=["POST"]),
            Route("/review", self.review, methods=["POST"]),
        ]

    def reset(self) -> None:
        """Forget all applicants."""
        self._applicants.clear()
        self._sent = 0

    def facts(self) -> Mapping[str, Any]:
        """Count applicants and webhooks."""
        return {"applicants": len(self._applicants), "webhooks": self._sent}

    async def create(self, request: Request) -> Response:
        """Make an applicant; 409 when he is there."""
        body = await request.body()
        if not _is_signed(request, body):
            return _unauthorised()
        user = str(json.loads(body)["externalUserId"])
        if self._find(user) is not None:
            return JSONResponse({"code": 409, "description": "exists"}, status_code=409)
        if len(self._applicants) >= KEPT:
            self._applicants.pop(next(iter(self._applicants)))
        made = Applicant(f"{next(self._numbers):024x}", user, request.query_params["levelName"])
        self._applicants[made.id] = made
        return JSONResponse(_shown(made), status_code=201)

    async def describe(self, request: Request) -> Response:
        """Show an applicant by his own or by our identifier."""
        if not _is_signed(request, b""):
            return _unauthorised()
        user = request.path_params.get("user")
        found = self._find(user) if user else self._applicants.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"code": 404, "description": "not found"}, status_code=404)
        return JSONResponse(_shown(found))

    async def link(self, request: Request) -> Response:
        """Give the address of the hosted page."""
        if not _is_signed(request, await request.body()):
            return _unauthorised()
        user = request.query_params["externalUserId"]
        return JSONResponse({"url": f"https://sandbox.example/websdk/{user}"})

    async def review(self, request: Request) -> Response:
        """Decide as the reviewer, and send the webhook."""
        told = await request.json()
        found = self._applicants.get(str(told.get("applicantId")))
        if found is None:
            return JSONResponse({"error": "there is no such applicant"}, status_code=404)
        found.status, found.result = "completed", {"reviewAnswer": str(told.get("answer"))}
        for ours, theirs in (("rejectType", "reviewRejectType"), ("comment", "moderationComment")):
            if told.get(ours):
                found.result[theirs] = str(told[ours])
        body = json.dumps(_webhook(found)).encode()
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            answer = await client.post(
                str(told["url"]), content=body, headers=_digest(body) | _host(told)
            )
        self._sent += 1
        return JSONResponse({"status": answer.status_code})

    def _find(self, user: str) -> Applicant | None:
        every = self._applicants.values()
        return next((one for one in every if one.external_user_id == user), None)


def _is_signed(request: Request, body: bytes) -> bool:
    sent = request.headers
    at = sent.get("x-app-access-ts", "")
    if sent.get("x-app-token") != TOKEN or not at.isascii() or not at.isdigit():
        return False
    target = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    query = request.scope["query_string"].decode()
    signed = f"{at}{request.method}{target}{'?' + query if query else ''}".encode() + body
    made = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    is_fresh = abs(time.time() - int(at)) <= SKEW_MAX_S
    return is_fresh and hmac.compare_digest(made, sent.get("x-app-access-sig", ""))


def _unauthorised() -> Response:
    return JSONResponse({"code": 401, "description": "Invalid signature"}, status_code=401)


def _shown(one: Applicant) -> dict[str, Any]:
    review: dict[str, Any] = {"reviewStatus": one.status, "levelName": one.level}
    if one.result:
        review["reviewResult"] = one.result
    return {"id": one.id, "externalUserId": one.external_user_id, "review": review}


def _webhook(one: Applicant) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "applicantId": one.id,
        "externalUserId": one.external_user_id,
        "levelName": one.level,
        "type": "applicantReviewed",
        "reviewStatus": one.status,
        "reviewResult": one.result,
        "createdAt": now.strftime("%Y-%m-%d %H:%M:%S+0000"),
        "createdAtMs": now.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
    }


def _digest(body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Payload-Digest-Alg": "HMAC_SHA256_HEX",
        "X-Payload-Digest": hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest(),
    }


def _host(told: Mapping[str, Any]) -> dict[str, str]:
    return {"Host": str(told["host"])} if told.get("host") else {}
