"""Which path shows which page of one's own account."""

from typing import Final

from django.urls import URLPattern, path

from fondaco.console.self import (
    contacts,
    entering,
    factors,
    joining,
    keys,
    letters,
    members,
    notices,
    opening,
    proving,
    security,
    settings,
    verification,
)

_ENTERING: Final = (
    path("start", opening.start, name="start"),
    path("status", opening.status, name="status"),
    path("language", opening.choose_language, name="language"),
    path("theme", opening.choose_theme, name="theme"),
    path("login", entering.login, name="login"),
    path("login/factor", entering.answer_factor, name="factor"),
    path("login/code", entering.ask_code, name="login-code"),
    path("login/code/confirm", entering.login_by_code, name="login-by-code"),
    path("login/passkey", entering.login_by_passkey, name="login-passkey"),
    path("login/passkey/options", entering.passkey_options, name="login-passkey-options"),
    path("logout", entering.logout, name="logout"),
    path("sign-up", joining.sign_up, name="sign-up"),
    path("sign-up/company", joining.sign_up_company, name="sign-up-company"),
    path("forgotten", letters.forget_password, name="forgotten"),
    # The names of the next four are those of the pages to which letters lead.
    path("confirm-registration", letters.confirm_registration, name="confirm-registration"),
    path("verify-email", letters.verify_email, name="verify-email"),
    path("reset-password", letters.reset_password, name="reset-password"),
    path("accept-invitation", letters.accept_invitation, name="accept-invitation"),
    path("step-up", proving.step_up, name="step-up"),
    path("step-up/code", proving.send_code, name="step-up-code"),
)
_SECURITY: Final = (
    path("security", security.security, name="security"),
    path("security/password", security.change_password, name="password"),
    path("security/sessions/<str:session>/end", security.end_session, name="end-session"),
    path("security/sessions/end-others", security.end_other_sessions, name="end-other-sessions"),
    path("security/authenticator", factors.authenticator, name="authenticator"),
    path("security/authenticator/off", factors.remove_authenticator, name="authenticator-off"),
    path("security/recovery-codes", factors.recovery_codes, name="recovery-codes"),
    path("security/passkeys", factors.passkeys, name="passkeys"),
    path("security/passkeys/options", factors.passkey_options, name="passkey-options"),
    path("security/passkeys/<int:passkey>/remove", factors.remove_passkey, name="remove-passkey"),
    path("security/api-keys", keys.keys, name="api-keys"),
    path("security/api-keys/<str:key>/delete", keys.delete_key, name="delete-api-key"),
    path("security/addresses", keys.addresses, name="addresses"),
    path("security/addresses/<str:network>/remove", keys.remove_address, name="remove-address"),
    path("security/email/proof", contacts.ask_email_proof, name="email-proof"),
    path("security/phone/proof", contacts.ask_phone_proof, name="phone-proof"),
    path("security/phone/verify", contacts.verify_phone, name="verify-phone"),
    path("security/<str:contact>/change", contacts.change_contact, name="change-contact"),
    path("security/<str:contact>/confirm", contacts.confirm_contact, name="confirm-contact"),
)
_REST: Final = (
    path("verification", verification.verification, name="verification"),
    path("verification/documents", verification.add_document, name="add-document"),
    path("verification/submit", verification.submit, name="submit-verification"),
    path("notifications", notices.inbox, name="notifications"),
    path("notifications/read", notices.read_all, name="read-all"),
    path("notifications/preferences", notices.preferences, name="preferences"),
    path("notifications/<str:message>/read", notices.read_one, name="read-one"),
    path("settings", settings.settings, name="settings"),
    path("settings/export", settings.export, name="export"),
    path("settings/leave", settings.leave, name="leave"),
    path("members", members.members, name="members"),
    path("members/<str:member>", members.change_member, name="change-member"),
    path("members/<str:member>/remove", members.remove_member, name="remove-member"),
    path("invitations/<str:invitation>/take-back", members.take_back, name="take-back"),
)
urlpatterns: Final[list[URLPattern]] = [*_ENTERING, *_SECURITY, *_REST]
