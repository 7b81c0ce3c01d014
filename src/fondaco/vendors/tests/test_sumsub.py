"""SumSub's wire format: headers, digests, answers."""

import hashlib
import hmac
from datetime import UTC, datetime
from functools import partial

import pytest

from fondaco.vendors.sumsub.reading import Malformed, read_applicant, read_webhook
from fondaco.vendors.sumsub.signing import DigestRefused, check_digest, headers

BODY = b'{"type":"applicantReviewed"}'
SECRET = "webhook-secret"
GREEN = (
    b'{"applicantId":"a1","externalUserId":"kyc_1","type":"applicantReviewed",'
    b'"reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"},'
    b'"createdAt":"2026-11-21 07:00:00+0000","createdAtMs":"2026-11-21 07:00:00.250"}'
)


def digest(name: str) -> str:
    return hmac.new(SECRET.encode(), BODY, name).hexdigest()


class TestARequest:
    def test_is_signed_over_time_method_target_and_body(self) -> None:
        made = headers(
            token="sbx:t", secret="s", at_s=1800000000, method="POST", target="/a?b=c", body=BODY
        )
        text = b"1800000000POST/a?b=c" + BODY
        assert made == {
            "X-App-Token": "sbx:t",
            "X-App-Access-Ts": "1800000000",
            "X-App-Access-Sig": hmac.new(b"s", text, hashlib.sha256).hexdigest(),
        }


class TestADigest:
    @pytest.mark.parametrize(
        ("algorithm", "name"), [("HMAC_SHA256_HEX", "sha256"), ("HMAC_SHA512_HEX", "sha512")]
    )
    def test_proves_the_raw_body(self, algorithm: str, name: str) -> None:
        check_digest(secret=SECRET, body=BODY, digest=digest(name), algorithm=algorithm)
        with pytest.raises(DigestRefused):
            check_digest(secret=SECRET, body=BODY + b" ", digest=digest(name), algorithm=algorithm)

    def test_of_the_old_kind_is_refused_unless_switched_on(self) -> None:
        told = partial(check_digest, secret=SECRET, body=BODY, digest=digest("sha1"))
        with pytest.raises(DigestRefused):
            told(algorithm="HMAC_SHA1_HEX")
        told(algorithm="HMAC_SHA1_HEX", allow_outdated=True)

    @pytest.mark.parametrize("algorithm", ["", "none", "HMAC_MD5_HEX", "hmac_sha256_hex"])
    def test_of_an_unknown_kind_is_refused(self, algorithm: str) -> None:
        with pytest.raises(DigestRefused):
            check_digest(secret=SECRET, body=BODY, digest=digest("sha256"), algorithm=algorithm)


class TestReading:
    def test_takes_the_finer_time_of_a_webhook(self) -> None:
        told = read_webhook(GREEN)
        assert told.created_at == datetime(2026, 11, 21, 7, 0, 0, 250_000, UTC)
        assert (told.type, told.review.answer) == ("applicantReviewed", "GREEN")
        assert (told.review.applicant_id, told.review.external_user_id) == ("a1", "kyc_1")

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"{}", b'{"type":1}', GREEN.replace(b"2026", b"x")]
    )
    def test_refuses_what_is_no_webhook(self, body: bytes) -> None:
        with pytest.raises(Malformed):
            read_webhook(body)

    def test_reads_an_applicant_whose_review_has_not_begun(self) -> None:
        review = read_applicant(b'{"id":"a1","externalUserId":"kyc_1"}')
        assert (review.status, review.answer) == ("init", "")
