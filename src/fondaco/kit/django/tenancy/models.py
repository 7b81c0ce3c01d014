"""Which tenants there are, under which hosts they answer, and how far each schema is migrated."""

from django.db import models

from fondaco.kit.django.tenancy.context import TenantScope


class Mode(models.TextChoices):
    """What a tenant is for."""

    LIVE = "live", "live"
    """Real money."""
    DEMO = "demo", "demo"
    """Shown and tried; customers may give themselves money."""
    SANDBOX = "sandbox", "sandbox"
    """Integrations are tried against the simulated outside world."""


class Tenant(models.Model):
    """A house of its own: its users, keys, ledger and settings in a schema of its own."""

    name = models.CharField(max_length=40, unique=True)
    """Small letters, digits and underscores; part of tokens and cache keys, hence never changed."""
    schema = models.CharField(max_length=63, unique=True)
    mode = models.CharField(max_length=7, choices=Mode)
    sandbox_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="sandbox"
    )
    """The tenant whose merchants try their integrations here, with test keys."""
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    """When its schema was completely made and seeded; nobody reaches it before."""

    class Meta:
        """Refuse names that could not be schemas."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(name__regex=r"^[a-z][a-z0-9_]{0,39}$"),
                name="tenancy_tenant_name_is_plain",
            ),
            models.CheckConstraint(
                condition=models.Q(mode__in=Mode.values), name="tenancy_tenant_mode_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(sandbox_of__isnull=True) | models.Q(mode=Mode.SANDBOX),
                name="tenancy_tenant_beside_another_is_a_sandbox",
            ),
        )

    def __str__(self) -> str:
        """Give the name."""
        return self.name

    @property
    def scope(self) -> TenantScope:
        """Give what the context variable holds for this tenant."""
        return TenantScope(self.name, self.schema, self.mode)


class TenantHost(models.Model):
    """A host name under which a tenant answers."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="hosts")
    host = models.CharField(max_length=253, unique=True)
    """Without port, in small letters."""

    def __str__(self) -> str:
        """Give the host name."""
        return self.host


class SchemaFingerprint(models.Model):
    """The digest of the migrations with which a schema was last migrated."""

    schema = models.CharField(max_length=63, primary_key=True)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Give the schema's name."""
        return self.schema


class SchemaScript(models.Model):
    """The statements that made a tenant's schema, by which the next one is made; the owner's alone."""

    digest = models.CharField(max_length=64, primary_key=True)
    """Of what the statements follow from."""
    statements = models.TextField()

    def __str__(self) -> str:
        """Give the digest."""
        return self.digest
