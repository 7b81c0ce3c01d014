"""The text that is signed, and how a signature is read."""

import hashlib
import hmac
from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from fondaco.apikeys import signing
from fondaco.apikeys.errors import SignatureMissing
from fondaco.apikeys.signing import Request

SECRET = "fks_for-tests-only"
WRITE = Request(
    method="POST",
    host="pay.example.com",
    target="/api/v1/charges",
    idempotency_key="order-4711",
    body=b'{"wallet":"w","amount":"5.50"}',
)
HEADERS = (
    "t=1,n=0123456789abcdef,v1=" + "a" * 64,
    "t=999999999999,n=" + "Z" * 64 + ",v1=" + "0" * 64,
)


class TestTheSignedText:
    def test_is_the_parts_joined_by_full_stops(self) -> None:
        digest = hashlib.sha256(WRITE.body).hexdigest()
        assert signing.signed_text(WRITE, at_s=1800000000, nonce="n" * 16) == (
            f"1800000000.{'n' * 16}.POST.pay.example.com./api/v1/charges.order-4711.{digest}".encode()
        )

    def test_is_signed_with_hmac_sha256(self) -> None:
        text = signing.signed_text(WRITE, at_s=1, nonce="n" * 16)
        code = hmac.new(SECRET.encode(), text, "sha256").hexdigest()
        header = signing.sign(WRITE, secret=SECRET, at_s=1, nonce="n" * 16)
        assert header == f"t=1,n={'n' * 16},v1={code}"

    @given(
        parts=st.lists(
            st.tuples(
                st.sampled_from(["a.test", "a.test:8000", "b.a.test"]),
                st.sampled_from(["/x", "/x.y", "/x?q=1.2", "/x?q=1.2.k", "/"]),
                st.sampled_from(["", "k", "y", "k-2"]),
                st.sampled_from([b"", b"k", b"{}"]),
            ),
            unique=True,
            max_size=12,
        )
    )
    def test_differs_for_different_requests(self, parts: list[tuple[str, str, str, bytes]]) -> None:
        texts = [
            signing.signed_text(
                Request(method="POST", host=host, target=target, idempotency_key=key, body=body),
                at_s=1,
                nonce="n" * 16,
            )
            for host, target, key, body in parts
        ]
        assert all(one != other for one, other in combinations(texts, 2))


class TestASignature:
    def test_is_right_for_its_request_alone(self) -> None:
        signature = signing.read(signing.sign(WRITE, secret=SECRET, at_s=1, nonce="n" * 16))
        assert signing.is_right(signature, WRITE, secret=SECRET)
        assert not signing.is_right(signature, WRITE, secret=SECRET + "x")

    def test_is_never_right_with_a_full_stop_in_the_idempotency_key(self) -> None:
        """Else the end of the query could be moved into the key."""
        request = Request(method="POST", host="a.test", target="/x?q=1", idempotency_key="2.k")
        signature = signing.read(signing.sign(request, secret=SECRET, at_s=1, nonce="n" * 16))
        assert not signing.is_right(signature, request, secret=SECRET)

    @pytest.mark.parametrize("header", HEADERS)
    def test_is_read(self, header: str) -> None:
        signature = signing.read(header)
        assert f"t={signature.at_s},n={signature.nonce},v1={signature.code}" == header

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=1",
            HEADERS[0].upper(),
            HEADERS[0] + ",v1=x",
            HEADERS[0].replace("t=1", "t=-1"),
            HEADERS[0].replace("t=1", "t=١"),
            HEADERS[0].replace("t=1", "t=1e3"),
            HEADERS[0].replace("0123", "01.3"),
            HEADERS[0].replace("0123456789abcdef", "0123456789abcde"),
            HEADERS[0].replace(",", ", "),
            HEADERS[0] + "\n",
        ],
    )
    def test_that_is_malformed_is_refused(self, header: str) -> None:
        with pytest.raises(SignatureMissing):
            signing.read(header)
