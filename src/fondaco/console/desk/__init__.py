"""The house's own people at rules, providers, jobs and rights."""
