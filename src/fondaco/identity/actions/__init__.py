"""The only writers of identity: registration, sessions, passwords, customers and the house's own people."""

from fondaco.identity.actions.contacts import (
    assign_telegram,
    change_contact,
    mark_second_factor,
    mark_verified,
    unassign_telegram,
)
from fondaco.identity.actions.customers import (
    change_level,
    disable_customer,
    enable_customer,
    make_organisation,
)
from fondaco.identity.actions.groups import make_group, put_into_group
from fondaco.identity.actions.leaving import close_customer, erase_person
from fondaco.identity.actions.members import change_member, join, remove_member
from fondaco.identity.actions.passwords import change_password, is_password, replace_password
from fondaco.identity.actions.registration import register
from fondaco.identity.actions.sessions import (
    end_session,
    end_sessions_of,
    issue_socket_ticket,
    logout,
    logout_everywhere,
    mark_proved,
    open_session,
    prove_password,
    purge_sessions,
    refresh,
    spend_socket_ticket,
)
from fondaco.identity.actions.settings import change_settings, rename_customer, rename_person
from fondaco.identity.actions.staff import (
    change_rights,
    create_operator,
    dismiss_operator,
    renew_set_up_link,
    set_up_operator,
)

__all__ = [
    "assign_telegram",
    "change_contact",
    "change_level",
    "change_member",
    "change_password",
    "change_rights",
    "change_settings",
    "close_customer",
    "create_operator",
    "disable_customer",
    "dismiss_operator",
    "enable_customer",
    "end_session",
    "end_sessions_of",
    "erase_person",
    "is_password",
    "issue_socket_ticket",
    "join",
    "logout",
    "logout_everywhere",
    "make_group",
    "make_organisation",
    "mark_proved",
    "mark_second_factor",
    "mark_verified",
    "open_session",
    "prove_password",
    "purge_sessions",
    "put_into_group",
    "refresh",
    "register",
    "remove_member",
    "rename_customer",
    "rename_person",
    "renew_set_up_link",
    "replace_password",
    "set_up_operator",
    "spend_socket_ticket",
    "unassign_telegram",
]
