"""Prove who one is: begin, show documents, hand them in, and see how far it is."""

from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy as said

from fondaco.console.asking import customer_of
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.console.self.browsing import did
from fondaco.console.self.once import SentBefore, act_once
from fondaco.console.self.security import CUSTOMERS
from fondaco.identity import queries as people
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.types import ALL_RIGHTS
from fondaco.kit.access import Principal
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kyc import actions, queries
from fondaco.kyc.states import DocumentKind, VerificationState
from fondaco.kyc.types import Document, Verification

PATH: Final = "verification"
_LEVELS: Final = (
    (Level.VERIFIED.value, said("Myself")),
    (Level.BUSINESS.value, said("The organisation behind me")),
)
_KINDS: Final = (
    (DocumentKind.PASSPORT, said("Passport, the page with the picture")),
    (DocumentKind.IDENTITY_CARD, said("Identity card, one side")),
    (DocumentKind.ADDRESS, said("A bill or statement with my address")),
    (DocumentKind.COMPANY, said("Extract of the company register")),
    (DocumentKind.SELFIE, said("A picture of myself")),
)
_OPEN: Final = frozenset({VerificationState.STARTED, VerificationState.RETRY})


class StartForm(Asking):
    """Take what is to be proved."""

    level = forms.ChoiceField(
        label=said("I want to prove"), choices=_LEVELS, widget=forms.RadioSelect
    )


class DocumentForm(Asking):
    """Take a document."""

    kind = forms.ChoiceField(label=said("What it is"), choices=_KINDS)
    file = forms.FileField(
        label=said("File"),
        help_text=said("A PDF or a picture (PNG, JPEG, WebP) of at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/png,image/jpeg,image/webp"}),
    )


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="GET HEAD POST")
def verification(request: HttpRequest, visitor: Principal) -> Answer:
    """Show how far one's verification is, and begin one."""
    customer = people.get_customer(customer_of(visitor))
    form = StartForm(request.POST or None, initial={"level": Level.VERIFIED.value})
    if customer.kind is CustomerKind.CLIENT:
        form.fields["level"].choices = _LEVELS[:1]  # type: ignore[attr-defined] # it is a ChoiceField
    links: list[str] = []
    if did(request, form, lambda: links.append(_start(visitor, form))) and not links[0]:
        return GoTo(request.path)
    latest = _latest(visitor)
    shown: dict[str, Any] = {
        "title": gettext("Verification"),
        "form": form,
        "customer": customer,
        "latest": latest,
        "link": links[0] if links else "",
        "is_open": latest is not None and latest.state in _OPEN,
        "documents": _documents(latest),
        "document_form": DocumentForm(),
        "done": request.GET.get("done"),
    }
    return Page("self/verification.html", shown, 422 if form.errors else 200)


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="POST")
def add_document(request: HttpRequest, visitor: Principal) -> Answer:
    """Show a document."""
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            if form.ask(lambda: _add(visitor, form)) is None:
                return GoTo(_back("added"))
        except SentBefore:
            return GoTo(_back("added"))
    shown = {"title": gettext("Show a document"), "document_form": form}
    return Page("self/document.html", shown, 422)


@page(*CUSTOMERS, right=ALL_RIGHTS, methods="POST")
def submit(request: HttpRequest, visitor: Principal) -> Answer:
    """Hand one's documents to the house for review."""
    del request
    actions.submit(customer_id=customer_of(visitor), by=visitor.actor)
    return GoTo(_back("submitted"))


def _start(visitor: Principal, form: StartForm) -> str:
    """Begin, or go on; gives the provider's address where it takes the documents itself."""
    _, link = actions.start(
        customer_id=customer_of(visitor),
        user_id=visitor.user_id,
        level=Level(form.cleaned_data["level"]),
        by=visitor.actor,
    )
    return link


def _add(visitor: Principal, form: DocumentForm) -> None:
    given = form.cleaned_data
    file: UploadedFile[Any] = given["file"]
    content = file.read()
    if not content:
        raise InvalidField("The file is empty.", field="file")
    act_once(
        visitor,
        operation="kyc.document",
        key=given["key"],
        act=lambda: actions.add_document(
            who=visitor,
            kind=DocumentKind(given["kind"]),
            name=file.name or "document",
            content=content,
        ),
    )


def _latest(visitor: Principal) -> Verification | None:
    try:
        return queries.get_latest(customer_id=customer_of(visitor))
    except NotFound:
        return None


def _documents(latest: Verification | None) -> list[tuple[Promise, Document]]:
    found = queries.list_documents(verification_id=latest.id) if latest else []
    return [(dict(_KINDS)[one.kind], one) for one in found]


def _back(done: str) -> str:
    return f"/console/{PATH}?done={done}"
