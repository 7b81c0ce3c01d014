"""One's own account: coming in, security, notifications, settings."""
