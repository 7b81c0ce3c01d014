"""Tables of signing: policies, requests, their stages and signatures, delegations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fondaco.kit.django.models import StateChange
from fondaco.kit.ids import encode, uuid7
from fondaco.signing.states import RequestState
from fondaco.signing.types import PREFIX

_CUSTOMER = "identity.Customer"
_USER = "identity.User"


class Request(models.Model):
    """One thing that takes effect by signatures."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    action = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    terms = models.JSONField()
    """Of the present round; the signatures' digests are of it."""
    asset = models.CharField(max_length=40, blank=True)
    """Code and scale; empty where there is no amount."""
    amount_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    maker = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    """Who wrote the terms of the present round."""
    round = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=40, choices=RequestState.choices)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    result = models.JSONField(default=dict)

    class Meta:
        """One request at a time waits about one subject; the job looks for those whose time is over."""

        constraints = (
            models.UniqueConstraint(
                fields=("action", "subject"),
                condition=Q(state=RequestState.WAITING),
                name="signing_one_request_waits_about_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(state__in=RequestState.values), name="signing_request_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(asset="", amount_minor__isnull=True)
                | (~Q(asset="") & Q(amount_minor__gt=0)),
                name="signing_request_amount_has_its_asset",
            ),
        )
        indexes = (
            models.Index(
                fields=("expires_at",),
                condition=Q(state=RequestState.WAITING),
                name="signing_requests_that_wait",
            ),
        )

    def __str__(self) -> str:
        """Show what is asked and where it stands."""
        return f"{encode(PREFIX, self.id)} {self.action} {self.state}"


class RequestStep(StateChange):
    """One move of a request, or an amendment; never changed."""

    subject = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="steps")


class Stage(models.Model):
    """One stage of one round, as the policy said when the round began."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="stages")
    round = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(_CUSTOMER, on_delete=models.PROTECT, null=True, related_name="+")
    """Whose people sign; none is the house."""
    group = models.CharField(max_length=100)
    required = models.PositiveSmallIntegerField()
    maker_signs = models.BooleanField()

    class Meta:
        """Lists of what waits go by owner."""

        constraints = (
            models.CheckConstraint(
                condition=Q(required__gt=0), name="signing_stage_wants_a_signature"
            ),
        )
        indexes = (models.Index(fields=("owner", "request"), name="signing_stages_of_an_owner"),)

    def __str__(self) -> str:
        """Show who is to sign."""
        return f"{self.required} × {self.group}"


class Signature(models.Model):
    """One signature; never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="signatures")
    round = models.PositiveSmallIntegerField()
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    """Whose authority it is: the signer's own, or that of the one who delegated it."""
    digest = models.CharField(max_length=64)
    comment = models.CharField(max_length=500, blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        """One human, one signature in a round; nor does one authority count twice."""

        constraints = (
            models.UniqueConstraint(
                fields=("request", "round", "signer"), name="signing_one_human_signs_once"
            ),
            models.UniqueConstraint(
                fields=("request", "round", "holder"), name="signing_one_authority_counts_once"
            ),
        )

    def __str__(self) -> str:
        """Show who signed."""
        return f"{self.signer_id} under {self.digest[:12]}"


class Policy(models.Model):
    """Who signs an action of an owner; a change is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(_CUSTOMER, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    bands = models.JSONField()
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="+")
    """By which signatures it came to be."""
    created_at = models.DateTimeField()

    class Meta:
        """Versions count up for each owner and action."""

        constraints = (
            models.UniqueConstraint(
                fields=("owner", "action", "version"),
                nulls_distinct=False,
                name="signing_policy_versions_count_up",
            ),
        )

    def __str__(self) -> str:
        """Show what it is about."""
        return f"{self.action} version {self.version}"


class Delegation(models.Model):
    """Somebody may sign for another for a while."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(_CUSTOMER, on_delete=models.PROTECT, null=True, related_name="+")
    delegator = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    delegate = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    actions = ArrayField(models.CharField(max_length=100), default=list)
    """Empty: all."""
    asset = models.CharField(max_length=40, blank=True)
    cap_minor = models.DecimalField(max_digits=39, decimal_places=0, null=True)
    """The most that may be signed for, in minor units of the asset."""
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Nobody delegates to himself; the end comes after the beginning."""

        constraints = (
            models.CheckConstraint(
                condition=~Q(delegator=F("delegate")), name="signing_delegation_is_to_another"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="signing_delegation_ends_after_it_starts",
            ),
        )
        indexes = (models.Index(fields=("delegate", "ends_at"), name="signing_delegations_to_one"),)

    def __str__(self) -> str:
        """Show who signs for whom."""
        return f"{self.delegate_id} for {self.delegator_id}"
