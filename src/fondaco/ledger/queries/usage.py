"""What is counted against limits."""

from collections.abc import Collection, Mapping

from fondaco.ledger.models import Usage


def find_usage(*, keys: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Give amount and times by counter and window; what was never counted is left out."""
    rows = Usage.objects.filter(counter__in={counter for counter, _ in keys})
    rows = rows.filter(period__in={window for _, window in keys})
    return {(row.counter, row.period): (int(row.amount), row.times) for row in rows}
