"""Django's PostgreSQL backend, kept to one tenant's schema; named in ``DATABASES["default"]["ENGINE"]``."""
