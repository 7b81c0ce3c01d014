"""Tables of policies: rules, stops, settings, fraud rules with what they look at, and risk cases."""

from django.db import models
from django.db.models import Q

from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import uuid7
from fondaco.policies.states import CaseState
from fondaco.policies.types import Operation, StopScope, Verdict

OPERATIONS = [operation.value for operation in Operation]


class Edition(models.Model):
    """Count the changes of rules, stops and settings: each process looks at this one row for news."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)

    class Meta:
        """Allow one row."""

        constraints = (
            models.CheckConstraint(condition=Q(id=1), name="policies_edition_is_one_row"),
        )

    def __str__(self) -> str:
        """Write the number."""
        return f"edition {self.number}"


class Rule(models.Model):
    """Hold one row of policy; what it says is in ``values``, whose shape is that of ``RuleValues``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    operation = models.CharField(max_length=40)
    currency = models.CharField(max_length=33, blank=True, default="")
    pair = models.CharField(max_length=70, blank=True, default="")
    subtype = models.CharField(max_length=60, blank=True, default="")
    level = models.CharField(max_length=20, blank=True, default="")
    group = models.ForeignKey(
        "identity.CustomerGroup", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    customer = models.ForeignKey(
        "identity.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    priority = models.IntegerField(default=0)
    """Among the rules of groups: the higher one wins."""
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    values = models.JSONField()
    note = models.CharField(max_length=500, blank=True, default="")
    """For operators."""
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        """A rule has one owner, a known operation and an end after its start."""

        indexes = (models.Index(fields=["customer"], name="policies_rules_of_a_customer"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(operation__in=OPERATIONS), name="policies_rule_operation_is_known"
            ),
            models.CheckConstraint(
                condition=Q(level="") & (Q(group=None) | Q(customer=None))
                | Q(group=None, customer=None),
                name="policies_rule_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(priority=0) | Q(group__isnull=False),
                name="policies_rule_priority_is_for_groups",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None)
                | Q(ends_at=None)
                | Q(ends_at__gt=models.F("starts_at")),
                name="policies_rule_ends_after_it_starts",
            ),
        )

    def __str__(self) -> str:
        """Write what it is about."""
        return f"{self.operation} {self.pair or self.currency or '*'} {self.values}"


class Stop(models.Model):
    """Hold what is stopped; lifted ones are kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scope = models.CharField(max_length=10)
    value = models.CharField(max_length=70, blank=True, default="")
    """An operation, currency, provider or customer (``cus_…``); empty for all."""
    reason = models.CharField(max_length=300)
    set_by = models.CharField(max_length=100)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=100, blank=True, default="")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The same thing is stopped once at a time."""

        constraints = (
            models.UniqueConstraint(
                fields=["scope", "value"],
                condition=Q(lifted_at__isnull=True),
                name="policies_stop_is_set_once",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=[scope.value for scope in StopScope]),
                name="policies_stop_scope_is_known",
            ),
            models.CheckConstraint(
                condition=Q(scope="all", value="") | (~Q(scope="all") & ~Q(value="")),
                name="policies_stop_names_what_it_stops",
            ),
        )

    def __str__(self) -> str:
        """Write what is stopped."""
        return f"stop {self.scope} {self.value}".strip()


class Setting(models.Model):
    """Hold what the environment says for all tenants and this house wants otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=40)
    customer = models.ForeignKey(
        "identity.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """For whom alone it holds, as a rate limit may; none: for the house."""
    value = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        """One value for each name and customer."""

        constraints = (
            models.UniqueConstraint(
                fields=["name", "customer"],
                nulls_distinct=False,
                name="policies_setting_is_one_per_name_and_customer",
            ),
        )

    def __str__(self) -> str:
        """Write name and value."""
        return f"{self.name}={self.value}"


class Count(models.Model):
    """Hold what an operation counted against limits, so that a void can give it back."""

    reference = models.UUIDField(primary_key=True)
    """Of the operation: an order."""
    counts = models.JSONField()
    """Counter, window, amount, times."""
    counted_at = models.DateTimeField()

    class Meta:
        """Find what is too old to be given back."""

        indexes = (models.Index(fields=["counted_at"], name="policies_counts_by_age"),)

    def __str__(self) -> str:
        """Write the reference."""
        return f"counts of {self.reference}"


class FraudRule(models.Model):
    """Hold a rule that looks for what is suspicious."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    operation = models.CharField(max_length=40, blank=True, default="")
    """Empty: all."""
    verdict = models.CharField(max_length=10)
    parameters = models.JSONField()
    enabled = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        """Its answers are known words."""

        constraints = (
            models.CheckConstraint(
                condition=Q(operation__in=["", *OPERATIONS]),
                name="policies_fraud_rule_operation_is_known",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=[verdict.value for verdict in Verdict]),
                name="policies_fraud_rule_verdict_is_known",
            ),
        )

    def __str__(self) -> str:
        """Write the name."""
        return self.name


class Trace(models.Model):
    """Hold one attempt of an operation that fraud rules look at; dropped after a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    customer_id = models.UUIDField()
    operation = models.CharField(max_length=40)
    asset = models.CharField(max_length=40)
    amount_minor = models.DecimalField(max_digits=39, decimal_places=0)
    counterparty_id = models.UUIDField(null=True)
    destination = models.BinaryField(null=True)
    """A keyed digest, like the two below."""
    device = models.BinaryField(null=True)
    address = models.BinaryField(null=True)

    class Meta:
        """Look back along each thing that rules compare."""

        indexes = (
            models.Index(fields=["customer_id", "-at"], name="policies_traces_of_a_customer"),
            models.Index(
                fields=["device", "-at"],
                name="policies_traces_of_a_device",
                condition=Q(device__isnull=False),
            ),
            models.Index(
                fields=["address", "-at"],
                name="policies_traces_of_an_address",
                condition=Q(address__isnull=False),
            ),
            models.Index(
                fields=["destination", "-at"],
                name="policies_traces_of_a_target",
                condition=Q(destination__isnull=False),
            ),
            models.Index(fields=["at"], name="policies_traces_by_age"),
        )

    def __str__(self) -> str:
        """Write who did what."""
        return f"{self.customer_id} {self.operation} {self.amount_minor} {self.asset}"


class Case(models.Model):
    """Hold something suspicious: what it was, why, and what an operator made of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=10, choices=CaseState.choices)
    operation = models.CharField(max_length=40)
    customer = models.ForeignKey("identity.Customer", on_delete=models.PROTECT, related_name="+")
    asset = models.CharField(max_length=40)
    amount_minor = models.DecimalField(max_digits=39, decimal_places=0)
    fingerprint = models.BinaryField()
    """Of who does what with whom: a released one lets the like of it pass for a while."""
    reasons = models.JSONField()
    rules = models.JSONField(default=list)
    """Wire identifiers of the rules that spoke."""
    reference = models.UUIDField(null=True)
    """The order that waits for it; none where the operation was refused and may be tried again."""
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    spent_at = models.DateTimeField(null=True)
    """When a release without an order was made use of; it serves once."""

    class Meta:
        """Lists go by state, newest first; a release is found by its fingerprint."""

        indexes = (
            models.Index(fields=["state", "-id"], name="policies_cases_in_a_state"),
            models.Index(fields=["fingerprint", "-id"], name="policies_cases_by_fingerprint"),
            models.Index(fields=["customer", "-id"], name="policies_cases_of_a_customer"),
        )

    def __str__(self) -> str:
        """Write what it is about."""
        return f"{self.state} {self.operation} {self.amount_minor} {self.asset}"


class CaseStep(StateChange):
    """One move of a case; never changed."""

    subject = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
