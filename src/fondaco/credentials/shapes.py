"""What several domains need at their own operations: origins, a session's tokens, Telegram's page."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from fondaco.credentials.types import CameBack, TelegramPage
from fondaco.identity.types import CUSTOMER_PREFIX, SESSION_PREFIX, USER_PREFIX, Origin, SignedIn
from fondaco.kit.access import Role
from fondaco.kit.django.api.addresses import client_address
from fondaco.kit.django.api.schemas import Strict, Text, WireId

TelegramFields = dict[Annotated[Text, Field(max_length=32)], Annotated[Text, Field(max_length=512)]]


def origin_of(request: HttpRequest) -> Origin:
    """Say where a request to log in comes from."""
    return Origin(address=client_address(request), agent=request.META.get("HTTP_USER_AGENT", ""))


class SignedInOut(Strict):
    """Show the two tokens of a session and whom they stand for."""

    access_token: str
    refresh_token: str = Field(description="Spent by one use; each refresh gives the next.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name (RFC 6750)
    expires_in: int = Field(description="Life of the access token in seconds.")
    session_id: Annotated[UUID, WireId(SESSION_PREFIX)]
    user_id: Annotated[UUID, WireId(USER_PREFIX)]
    customer_id: Annotated[UUID, WireId(CUSTOMER_PREFIX)] | None
    role: Role

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        """Show the tokens."""
        return cls(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.expires_in_s,
            session_id=signed_in.session_id,
            user_id=signed_in.user_id,
            customer_id=signed_in.customer_id,
            role=signed_in.role,
        )


class TelegramIn(Strict):
    """Take the fields that Telegram's login button gave, each as text, with its ``hash``."""

    fields: TelegramFields = Field(
        max_length=16,
        examples=[{"id": "42", "first_name": "Ann", "auth_date": "1760000000", "hash": "…"}],
    )


class TelegramPageOut(Strict):
    """Show where to send the person; keep the handle where the page that he comes back to finds it."""

    handle: str
    url: str = Field(description="Telegram's page; it sends back to `…/telegram?code=…&state=…`.")
    expires_at: datetime

    @classmethod
    def of(cls, page: TelegramPage) -> Self:
        """Show a page."""
        return cls(handle=page.handle, url=page.url, expires_at=page.expires_at)


class TelegramBackIn(Strict):
    """Take the handle, and the state and code with which Telegram sent the person back."""

    handle: Annotated[Text, Field(min_length=1, max_length=100)]
    state: Annotated[Text, Field(min_length=1, max_length=100)]
    code: Annotated[Text, Field(min_length=1, max_length=2048)]

    def to_back(self) -> CameBack:
        """Give what he brought."""
        return CameBack(handle=self.handle, state=self.state, code=self.code)
