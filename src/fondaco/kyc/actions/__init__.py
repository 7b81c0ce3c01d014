"""The only writers of verifications."""

from fondaco.kyc.actions.documents import add_document, submit
from fondaco.kyc.actions.forgetting import forget_person
from fondaco.kyc.actions.old import seal_old
from fondaco.kyc.actions.reviews import apply_review, decide
from fondaco.kyc.actions.starts import start

__all__ = ["add_document", "apply_review", "decide", "forget_person", "seal_old", "start", "submit"]
