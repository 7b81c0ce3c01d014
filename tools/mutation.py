"""How hypothesis behaves under mutation testing: the same examples for each mutant, from several sessions."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "mutation",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("mutation")
