"""A customer proves who he is: at the simulated SumSub over real HTTP, or with documents to an operator."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fondaco.identity import queries as identity
from fondaco.identity.actions import leaving
from fondaco.identity.states import Level, StaffRole
from fondaco.identity.tests.people import bearer, make_client, make_company, make_operator, sign_in
from fondaco.identity.types import Registered
from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import callbacks, files
from fondaco.kit.django.models import InboundCallback
from fondaco.kit.errors import NotFound
from fondaco.kyc import actions, models, queries
from fondaco.kyc.receiver import callback_keys
from fondaco.kyc.sealing import APPLICANT, NOTE, open_text
from fondaco.kyc.types import verification_wire
from sandbox import sumsub
from sandbox.sumsub import SumSub
from tests.plumbing.api import ApiClient
from tests.plumbing.serving import platform, sandbox

pytestmark = pytest.mark.usefixtures("tenant")

PDF = b"%PDF-1.7 a passport"


@dataclass
class World:
    """The sandbox, the platform, and a customer of it."""

    sandbox: str
    callback: str
    api: ApiClient
    made: Registered

    def send(self, method: str, path: str, json: Any = None) -> Any:
        return self.api.send(method, path, json, headers=bearer(sign_in(self.made.user)))

    @property
    def row(self) -> models.Verification:
        return models.Verification.objects.get(customer_id=self.made.customer.id)

    @property
    def level(self) -> Level:
        return identity.get_customer(self.made.customer.id).level

    @property
    def applicant(self) -> str:
        row = self.row
        return open_text(row.user_id, row.sealed_applicant, context=APPLICANT)

    def review(self, answer: str, **more: str) -> None:
        """Have the simulated reviewer decide, whose webhook goes over HTTP; then run the job."""
        told = {"applicantId": self.applicant, "answer": answer, "url": self.callback, **more}
        sent = httpx.post(f"{self.sandbox}/sumsub/review", json=told, timeout=30)
        assert sent.json() == {"status": 200}
        verify_last()


def verify_last() -> InboundCallback:
    row = InboundCallback.objects.filter(provider="sumsub").latest("received_at")
    callbacks.verify(callback_id=str(row.id))
    row.refresh_from_db()
    return row


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    with sandbox(SumSub()) as simulated, platform("alpha") as origin:
        yield simulated, origin


@pytest.fixture
def world(places: tuple[str, str], api: ApiClient) -> Iterator[World]:
    simulated, origin = places
    with options.override(
        sumsub_token=sumsub.TOKEN,
        sumsub_secret=sumsub.SECRET,
        sumsub_webhook_secret=sumsub.WEBHOOK_SECRET,
        sumsub_url=f"{simulated}/sumsub",
        default_tenant="alpha",
    ):
        path = f"/callbacks/sumsub/{callback_keys('sumsub')[0]}"
        made = World(simulated, origin + path, api, make_client())
        begun = made.send("POST", "/me/verification", {"level": "verified"})
        assert begun.status_code == 200, begun.content
        yield made


def notice(
    world: World, answer: str, created: str, *, digest: str | None = None
) -> InboundCallback:
    """Send a webhook by hand."""
    content = {
        "applicantId": world.applicant,
        "externalUserId": verification_wire(world.row.id),
        "type": "applicantReviewed",
        "reviewStatus": "completed",
        "reviewResult": {"reviewAnswer": answer},
        "createdAt": f"{created}+0000",
    }
    body = json.dumps(content).encode()
    right = hmac.new(sumsub.WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-Payload-Digest": right if digest is None else digest,
        "X-Payload-Digest-Alg": "HMAC_SHA256_HEX" if digest != "sha1" else "HMAC_SHA1_HEX",
    }
    if digest == "sha1":
        code = hmac.new(sumsub.WEBHOOK_SECRET.encode(), body, hashlib.sha1)
        headers["X-Payload-Digest"] = code.hexdigest()
    path = world.callback.split("/", 3)[3]
    sent = world.api.send("POST", f"/{path}", body=body, key=None, headers=headers)
    assert sent.status_code == 200
    return verify_last()


class TestSumSub:
    def test_begins_with_a_page_of_theirs_and_makes_one_applicant(self, world: World) -> None:
        applicant = world.applicant
        again = world.send("POST", "/me/verification", {"level": "verified"}).json()
        assert again["link"].endswith(verification_wire(world.row.id))
        assert (again["provider"], again["state"]) == ("sumsub", "started")
        assert world.applicant == applicant
        assert applicant

    def test_raises_the_level_when_green_and_lowers_it_when_red_follows(self, world: World) -> None:
        world.review("GREEN")
        assert (world.row.state, world.level) == ("approved", Level.VERIFIED)
        world.review("RED", rejectType="FINAL", comment="The document is forged.")
        assert (world.row.state, world.level) == ("rejected", Level.NOT_VERIFIED)
        shown = world.send("GET", "/me/verification").json()
        assert (shown["state"], shown["reason"]) == ("rejected", "The document is forged.")
        moves = [(step.state_from, step.state_to) for step in world.row.steps.order_by("id")]
        assert moves == [("", "started"), ("started", "approved"), ("approved", "rejected")]

    def test_asks_for_better_documents(self, world: World) -> None:
        world.review("RED", rejectType="RETRY", comment="Too dark.")
        assert (world.row.state, world.level) == ("retry", Level.NOT_VERIFIED)

    @pytest.mark.parametrize("answer", ["YELLOW", "green", ""])
    def test_takes_an_unknown_word_for_a_review_and_never_for_a_yes(
        self, world: World, answer: str
    ) -> None:
        world.review(answer)
        assert (world.row.state, world.level) == ("in_review", Level.NOT_VERIFIED)

    @pytest.mark.parametrize("digest", ["", "0" * 64, "sha1"])
    def test_believes_no_notice_with_a_wrong_or_outdated_digest(
        self, world: World, digest: str
    ) -> None:
        row = notice(world, "GREEN", "2026-11-21 07:00:00", digest=digest)
        assert row.error.startswith("notice_refused")
        assert row.verified_at is None
        assert (world.row.state, world.level) == ("started", Level.NOT_VERIFIED)

    def test_lets_an_older_notice_undo_nothing(self, world: World) -> None:
        notice(world, "GREEN", "2026-11-21 07:00:02")
        notice(world, "YELLOW", "2026-11-21 07:00:01")
        notice(world, "GREEN", "2026-11-21 07:00:02")
        assert (world.row.state, world.level) == ("approved", Level.VERIFIED)
        assert world.row.steps.count() == 2

    def test_is_forgotten_with_the_person(self, world: World) -> None:
        world.review("RED", rejectType="FINAL", comment="The face is another's.")
        row, name = world.row, verification_wire(world.row.id)
        assert (row.reason, row.applicant) == ("", "")
        assert [step.note for step in row.steps.all()] == ["", ""]
        assert reason_of(row) == "The face is another's."
        assert len(notices_about(name)) == 1
        erase(world.made)
        assert world.applicant == ""
        assert reason_of(row) == ""
        assert row.steps.latest("id").sealed_note is not None  # sealed, and the key is gone
        assert open_text(row.user_id, row.steps.latest("id").sealed_note, context=NOTE) == ""
        actions.forget_person(user_id=world.made.user.id)
        assert notices_about(name) == []
        # What a provider says later about somebody who is gone is not kept.
        notice(world, "GREEN", "2027-01-01 00:00:00")
        assert world.row.sealed_reason is None

    def test_knows_no_other_path(self, world: World) -> None:
        for path in ("/callbacks/sumsub/0123456789abcdef0123456789abcdef", "/callbacks/manual/x"):
            sent = world.api.send("POST", path, body=b"{}", key=None)
            assert sent.status_code == 404

    def test_takes_no_documents_here(self, world: World) -> None:
        sent = show(world.api, world.made, PDF)
        assert (sent.status_code, sent.json()["code"]) == (409, "documents_not_taken")

    def test_that_refuses_our_signature_is_told_as_a_refusal(self, world: World) -> None:
        world.made = make_client()
        with options.override(sumsub_secret="another"):
            sent = world.send("POST", "/me/verification", {})
        assert (sent.status_code, sent.json()["code"]) == (409, "verification_refused")

    def test_that_fails_is_asked_again(self, world: World) -> None:
        world.made = make_client()
        httpx.put(f"{world.sandbox}/control/sumsub/faults", json={"status": 503, "times": 1})
        sent = world.send("POST", "/me/verification", {})
        assert (sent.status_code, sent.json()["code"]) == (503, "verification_unavailable")
        assert world.send("POST", "/me/verification", {}).json()["state"] == "started"


def erase(made: Registered) -> None:
    leaving.close_customer(customer_id=made.customer.id, by=SYSTEM)
    leaving.erase_person(user_id=made.user.id, by=SYSTEM)


def reason_of(row: models.Verification) -> str:
    return queries.get_verification(verification_id=row.id).reason


def notices_about(name: str) -> list[InboundCallback]:
    rows = InboundCallback.objects.filter(provider="sumsub").order_by("-received_at")[:20]
    return [row for row in rows if name.encode() in base64.b64decode(row.content["body"])]


def show(api: ApiClient, made: Registered, body: bytes, kind: str = "passport") -> Any:
    path = f"/me/verification/documents?kind={kind}&name=scan.pdf"
    headers = bearer(sign_in(made.user))
    return api.send(
        "POST", path, body=body, content_type="application/octet-stream", headers=headers
    )


class TestDocuments:
    @pytest.fixture
    def made(self, api: ApiClient) -> Registered:
        company = make_company()
        headers = bearer(sign_in(company.user))
        api.post("/me/verification", {"level": "business"}, headers=headers)
        return company

    def test_are_looked_at_by_an_operator_who_decides(
        self, api: ApiClient, made: Registered
    ) -> None:
        mine, theirs = bearer(sign_in(made.user)), bearer(sign_in(make_operator()))
        document = show(api, made, PDF).json()
        assert (document["content_type"], document["size_bytes"]) == ("application/pdf", len(PDF))
        submitted = api.post("/me/verification/submit", headers=mine).json()
        assert submitted["state"] == "in_review"
        path = f"/operator/verifications/{submitted['id']}"
        assert api.get(path, headers=theirs).json()["documents"] == [document]
        fetched = api.get(f"{path}/documents/{document['id']}", headers=theirs)
        assert fetched.content == PDF
        assert fetched.headers["Content-Disposition"].startswith("attachment")
        decided = api.post(
            f"{path}/decision", {"decision": "approved", "reason": "All in order"}, headers=theirs
        )
        assert decided.json()["state"] == "approved"
        assert identity.get_customer(made.customer.id).level is Level.BUSINESS

    def test_are_sealed_where_they_lie(self, api: ApiClient, made: Registered) -> None:
        show(api, made, PDF)
        stored = models.Document.objects.latest("id").file_id
        assert PDF not in files.store().get(str(stored))
        # The house's key alone does not open them.
        assert PDF not in files.read_file(file_id=stored)

    def test_are_destroyed_with_the_person_who_showed_them(
        self, api: ApiClient, made: Registered
    ) -> None:
        document = show(api, made, PDF).json()
        assert document["name"] == "scan.pdf"
        row = models.Document.objects.select_related("file").latest("id")
        assert row.file.name == "passport"
        assert b"scan" not in bytes(row.sealed_name or b"scan")
        erase(made)
        path = f"/operator/verifications/{verification_wire(row.verification_id)}"
        theirs = bearer(sign_in(make_operator()))
        fetched = api.get(f"{path}/documents/{document['id']}", headers=theirs)
        assert fetched.status_code == 404
        assert api.get(path, headers=theirs).json()["documents"] == [document | {"name": ""}]

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 422, "file_type_refused"),
            (b"<html><script>1</script>", 422, "file_type_refused"),
            (b"MZ\x00\x01", 422, "file_type_refused"),
            (PDF + b"x" * (10 * 1024 * 1024), 413, "body_too_large"),
        ],
        ids=["empty", "page", "program", "huge"],
    )
    def test_of_other_kinds_and_sizes_are_refused(
        self, api: ApiClient, made: Registered, body: bytes, status: int, code: str
    ) -> None:
        sent = show(api, made, body)
        assert (sent.status_code, sent.json()["code"]) == (status, code)
        assert not models.Document.objects.filter(
            verification__customer_id=made.customer.id
        ).exists()

    def test_may_be_larger_than_other_bodies(self, api: ApiClient, made: Registered) -> None:
        assert show(api, made, PDF + b"x" * (2 * 1024 * 1024)).status_code == 201

    def test_are_not_waited_for_once_handed_in(self, api: ApiClient, made: Registered) -> None:
        show(api, made, PDF)
        headers = bearer(sign_in(made.user))
        api.post("/me/verification/submit", headers=headers)
        assert show(api, made, PDF).json()["code"] == "documents_not_taken"
        again = api.post("/me/verification/submit", headers=headers)
        assert again.json()["code"] == "documents_not_taken"

    def test_must_be_there_before_they_are_handed_in(
        self, api: ApiClient, made: Registered
    ) -> None:
        sent = api.post("/me/verification/submit", headers=bearer(sign_in(made.user)))
        assert sent.json()["code"] == "documents_not_taken"

    def test_are_not_the_auditors_to_see(self, api: ApiClient, made: Registered) -> None:
        document = show(api, made, PDF).json()
        verification = models.Verification.objects.get(customer_id=made.customer.id)
        path = f"/operator/verifications/{verification_wire(verification.id)}"
        auditor = make_operator(role=StaffRole.AUDITOR, permissions=frozenset({"customers:read"}))
        headers = bearer(sign_in(auditor))
        assert api.get(path, headers=headers).status_code == 200
        fetched = api.get(f"{path}/documents/{document['id']}", headers=headers)
        assert fetched.status_code == 403


class TestWhatWasKeptInClear:
    """Rows as they were written before persons had keys of their own."""

    @pytest.fixture
    def made(self, api: ApiClient) -> Registered:
        made = make_client()
        headers = bearer(sign_in(made.user))
        api.post("/me/verification", {"level": "verified"}, headers=headers)
        row = models.Verification.objects.get(customer_id=made.customer.id)
        models.Verification.objects.filter(id=row.id).update(
            user=None, reason="Too dark", applicant="theirs"
        )
        row.steps.update(note="Too dark")
        stored = files.save_file(
            name="ada passport.pdf", content=PDF, purpose="kyc.document", by=made.user.actor
        )
        models.Document.objects.create(
            verification=row, kind="passport", file=stored, created_at=clock.now()
        )
        return made

    def test_is_sealed_under_the_persons_key(self, made: Registered) -> None:
        row = models.Verification.objects.get(customer_id=made.customer.id)
        document = row.documents.get()
        actions.seal_old()
        row.refresh_from_db()
        assert (row.reason, row.applicant, row.user_id) == ("", "", made.user.id)
        assert [step.note for step in row.steps.all()] == [""]
        assert reason_of(row) == "Too dark"
        assert open_text(row.user_id, row.sealed_applicant, context=APPLICANT) == "theirs"
        shown = queries.list_documents(verification_id=row.id)
        assert [one.name for one in shown] == ["ada passport.pdf"]
        fetched = queries.fetch_document(document_id=document.id, verification_id=row.id)
        assert fetched.content == PDF
        old, new = document.file, row.documents.get().file
        assert PDF not in files.read_file(file_id=new.id)
        old.refresh_from_db()
        assert (old.name, new.name) == ("passport", "passport")
        assert old.deleted_at is not None
        erase(made)
        assert reason_of(row) == ""
        with pytest.raises(NotFound):
            queries.fetch_document(document_id=document.id, verification_id=row.id)

    def test_is_destroyed_when_the_person_is_erased_before_that(self, made: Registered) -> None:
        row = models.Verification.objects.get(customer_id=made.customer.id)
        document = row.documents.get()
        erase(made)
        actions.forget_person(user_id=made.user.id)
        row.refresh_from_db()
        assert (row.reason, row.applicant, row.sealed_reason) == ("", "", None)
        assert [step.note for step in row.steps.all()] == [""]
        with pytest.raises(NotFound):
            queries.fetch_document(document_id=document.id, verification_id=row.id)
        shown = queries.list_documents(verification_id=row.id)
        assert [one.name for one in shown] == [""]
        document.file.refresh_from_db()
        assert document.file.name == "passport"
