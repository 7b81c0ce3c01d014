"""What credentials refuses.

DomainError
├── Unauthenticated ── SecondFactorRequired · WrongCode · LinkRefused · PasskeyRefused · TelegramRefused
├── LoginLocked         too many wrong passwords for a while
├── NotVerified         right password, but nobody knows yet whether the address is his
├── FactorMissing · FactorPresent
├── CodeIsWrong         to one who is logged in
├── SecondPersonRequired · NothingReachesYou · ResetOpen
└── TelegramMissing · TelegramUnavailable
"""

from fondaco.kit.errors import DomainError, Kind, Unauthenticated


class SecondFactorRequired(Unauthenticated):
    """Say that the password was right and the second factor is awaited; the facts say how."""

    code = "second_factor_required"
    title = "Answer with your second factor: POST /auth/login/second-factor."


class WrongCode(Unauthenticated):
    """Say that a code is wrong, spent, past its time or tried too often; never which."""

    code = "wrong_code"
    title = "This code is not valid, or not any more."


class LinkRefused(Unauthenticated):
    """Say that a link's token is unknown, used or past its time; never which."""

    code = "link_refused"
    title = "This link is not valid any more. Ask for another."


class PasskeyRefused(Unauthenticated):
    """Say that a passkey's answer proves nobody."""

    code = "passkey_refused"
    title = "This passkey opens nothing here."


class TelegramRefused(Unauthenticated):
    """Say that data are not signed by Telegram for this house, too old, or spent."""

    code = "telegram_refused"
    title = "Telegram does not vouch for this."


class TelegramMissing(DomainError):
    """Say that this house has no client at Telegram, or no page to which Telegram could send back."""

    code = "telegram_missing"
    kind = Kind.CONFLICT
    title = "Telegram's page is not set up here."


class TelegramUnavailable(DomainError):
    """Say that Telegram cannot be asked now."""

    code = "telegram_unavailable"
    kind = Kind.UNAVAILABLE
    title = "Telegram does not answer at the moment; begin again in a minute."


class LoginLocked(DomainError):
    """Say that too many wrong passwords were tried for this identifier, whether or not it is anybody's."""

    code = "login_locked"
    kind = Kind.THROTTLED
    title = "Too many wrong passwords. Wait, or log in by a code."


class NotVerified(DomainError):
    """Say, to one who proved the password, that his e-mail or telephone must be confirmed first."""

    code = "not_verified"
    kind = Kind.FORBIDDEN
    title = "Follow the link in our e-mail first."


class FactorMissing(DomainError):
    """Say that the person has no such second factor."""

    code = "factor_missing"
    kind = Kind.CONFLICT
    title = "This second factor is not set up."


class FactorPresent(DomainError):
    """Say that the person has this second factor already."""

    code = "factor_present"
    kind = Kind.CONFLICT
    title = "This second factor is set up already."


class CodeIsWrong(DomainError):
    """Say, to one who is logged in, that a code or signature is not the right one."""

    code = "code_wrong"
    kind = Kind.FORBIDDEN
    title = "This code is not valid, or not any more."


class SecondPersonRequired(DomainError):
    """Say that another operator must approve than he who proposed."""

    code = "second_person_required"
    kind = Kind.FORBIDDEN
    title = "Somebody else must approve this."


class NothingReachesYou(DomainError):
    """Say that there is no e-mail or telephone to which something could be sent."""

    code = "nothing_reaches_you"
    kind = Kind.CONFLICT
    title = "There is no address to which we could send this."


class ResetOpen(DomainError):
    """Say that the reset of this person's second factor is proposed already, or not in that state."""

    code = "factor_reset_open"
    kind = Kind.CONFLICT
    title = "The reset of this second factor is already under way, or over."
