"""Whether a set of people can fill all places, where each of them fills one at most; pure."""

from collections.abc import Hashable, Sequence, Set as AbstractSet


def can_fill(places: Sequence[AbstractSet[Hashable]]) -> bool:
    """Tell whether each place can get a person of its own out of those who may take it.

    A matching in a bipartite graph, grown along augmenting paths (H. W. Kuhn, 1955).
    """
    taken: dict[Hashable, int] = {}

    def seat(place: int, asked: set[Hashable]) -> bool:
        for person in places[place]:
            if person in asked:
                continue
            asked.add(person)
            if person not in taken or seat(taken[person], asked):
                taken[person] = place
                return True
        return False

    return all(seat(place, set()) for place in range(len(places)))
