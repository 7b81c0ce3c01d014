"""The only writers of verifications."""

from fondaco.kyc.actions.documents import add_document, submit
from fondaco.kyc.actions.reviews import apply_review, decide
from fondaco.kyc.actions.starts import start

__all__ = ["add_document", "apply_review", "decide", "start", "submit"]
