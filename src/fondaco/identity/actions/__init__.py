"""The only writers of identity: registration, sessions, passwords, customers and the house's own people."""

from fondaco.identity.actions.customers import (
    change_level,
    disable_customer,
    enable_customer,
)
from fondaco.identity.actions.passwords import change_password, replace_password
from fondaco.identity.actions.registration import register
from fondaco.identity.actions.sessions import (
    end_session,
    login,
    logout,
    logout_everywhere,
    open_session,
    purge_sessions,
    refresh,
)
from fondaco.identity.actions.staff import (
    change_rights,
    create_operator,
    dismiss_operator,
    renew_set_up_link,
    set_up_operator,
)

__all__ = [
    "change_level",
    "change_password",
    "change_rights",
    "create_operator",
    "disable_customer",
    "dismiss_operator",
    "enable_customer",
    "end_session",
    "login",
    "logout",
    "logout_everywhere",
    "open_session",
    "purge_sessions",
    "refresh",
    "register",
    "renew_set_up_link",
    "replace_password",
    "set_up_operator",
]
