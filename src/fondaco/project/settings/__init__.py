"""Django's settings, made from the options; they load without environment, database or network.

What the platform's operator may choose is an option (see ``fondaco.kit.options``). What follows from it,
and what nobody should choose, stands here.
"""

from fondaco.kit.options import options
from fondaco.project.settings.applications import INSTALLED_APPS, MIDDLEWARE
from fondaco.project.settings.databases import CACHES, DATABASE_ROUTERS, DATABASES

_options = options()

DEBUG = _options.debug
SECRET_KEY = _options.secret_key.get_secret_value()
SECRET_KEY_FALLBACKS: list[str] = []
ALLOWED_HOSTS = list(_options.allowed_hosts)

ROOT_URLCONF = "fondaco.project.urls"
WSGI_APPLICATION = "fondaco.project.wsgi.application"
APPEND_SLASH = False
"""An API answers under one spelling of a path; a redirect would drop the body of a POST."""

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS: list[str] = []
"""People log in by identity's actions only."""
PASSWORD_HASHERS = ["fondaco.identity.passwords.Argon2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "fondaco.identity.passwords.Rules"}]

MFA_ADAPTER = "fondaco.credentials.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MIGRATION_MODULES: dict[str, str | None] = {"account": None}
"""Of allauth's accounts only the code is used: identifiers, links and codes are our own."""

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"

DATA_UPLOAD_MAX_MEMORY_SIZE = max(_options.body_bytes_max, _options.ledger_body_bytes_max)
"""The middleware holds each path to its own limit before anything is read."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _options.environment == "production"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
X_FRAME_OPTIONS = "DENY"

LOGGING_CONFIG = None
"""``fondaco.kit.django.logs`` sets up logging for all processes alike."""

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "/static/"

__all__ = [
    "ALLOWED_HOSTS",
    "APPEND_SLASH",
    "AUTHENTICATION_BACKENDS",
    "AUTH_PASSWORD_VALIDATORS",
    "AUTH_USER_MODEL",
    "CACHES",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE",
    "DATABASES",
    "DATABASE_ROUTERS",
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DEBUG",
    "DEFAULT_AUTO_FIELD",
    "INSTALLED_APPS",
    "LANGUAGE_CODE",
    "LOGGING_CONFIG",
    "MFA_ADAPTER",
    "MFA_SUPPORTED_TYPES",
    "MIDDLEWARE",
    "MIGRATION_MODULES",
    "PASSWORD_HASHERS",
    "ROOT_URLCONF",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_REFERRER_POLICY",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_SECURE",
    "SESSION_ENGINE",
    "STATIC_URL",
    "TEMPLATES",
    "TIME_ZONE",
    "USE_I18N",
    "USE_TZ",
    "WSGI_APPLICATION",
    "X_FRAME_OPTIONS",
]
