"""Reads SumSub's JSON; whatever is missing or of another type is malformed."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fondaco.vendors.sumsub.types import Review, Webhook

_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")


class Malformed(Exception):
    """Say that an answer or webhook is not what SumSub's documents promise."""


def read_webhook(body: bytes) -> Webhook:
    """Read a webhook.

    :raises Malformed: it is none
    """
    told = _object(body)
    return Webhook(
        type=_text(told, "type"),
        created_at=_instant(told.get("createdAtMs") or _text(told, "createdAt")),
        review=_review(told, _text(told, "applicantId"), _text(told, "reviewStatus", "init")),
    )


def read_applicant(body: bytes) -> Review:
    """Read the answer that describes an applicant.

    :raises Malformed: it is none
    """
    told = _object(body)
    review = told.get("review")
    inner: Mapping[str, Any] = review if isinstance(review, dict) else {}
    joined = {**inner, "externalUserId": told.get("externalUserId")}
    return _review(joined, _text(told, "id"), _text(inner, "reviewStatus", "init"))


def read_link(body: bytes) -> str:
    """Read the answer that gives the hosted page.

    :raises Malformed: it is none
    """
    return _text(_object(body), "url")


def _review(told: Mapping[str, Any], applicant_id: str, status: str) -> Review:
    result = told.get("reviewResult")
    found: Mapping[str, Any] = result if isinstance(result, dict) else {}
    return Review(
        applicant_id=applicant_id,
        external_user_id=_text(told, "externalUserId"),
        status=status,
        answer=_text(found, "reviewAnswer", ""),
        reject_type=_text(found, "reviewRejectType", ""),
        comment=_text(found, "moderationComment", ""),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise Malformed("not JSON") from error
    if not isinstance(told, dict):
        raise Malformed("not an object")
    return told


def _text(told: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = told.get(name, default)
    if not isinstance(value, str):
        raise Malformed(f"{name} is missing or no text")
    return value


def _instant(text: object) -> datetime:
    plain = str(text).removesuffix("+0000")
    for form in _FORMS:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise Malformed("createdAt is no instant")
