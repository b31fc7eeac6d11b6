"""Whether places that share people can all be filled: nothing but numbers."""

from collections.abc import Collection, Mapping, Sequence


def unfillable(needs: Sequence[int], able: Sequence[Collection[int]]) -> frozenset[int]:
    """Find places that together need more different people than are able; empty when each gets all it needs.

    A matching by augmenting paths: each further person that a place needs is free, or is passed on from a place
    that can take somebody else instead. Where no path is left, the places that were reached share too few people.
    """
    taken: dict[int, int] = {}
    for place, needed in enumerate(needs):
        if needed > len(able[place]):
            return frozenset({place})
        for _one_more in range(needed):
            if short := _give_one_more(place, able, taken):
                return short
    return frozenset()


def _give_one_more(start: int, able: Sequence[Collection[int]], taken: dict[int, int]) -> frozenset[int]:
    """Give the place one more person along an augmenting path, else name the places that were reached."""
    wanted_by: dict[int, int] = {}
    lost: dict[int, int] = {}  # whom a place would have to pass on
    places = [start]
    for place in places:
        for person in able[place]:
            if person in wanted_by:
                continue
            wanted_by[person] = place
            holder = taken.get(person)
            if holder is None:
                _pass_on(person, start, wanted_by, lost, taken)
                return frozenset()
            if holder != start and holder not in lost:
                lost[holder] = person
                places.append(holder)
    return frozenset(places)


def _pass_on(
    person: int, start: int, wanted_by: Mapping[int, int], lost: Mapping[int, int], taken: dict[int, int]
) -> None:
    while True:
        place = taken[person] = wanted_by[person]
        if place == start:
            return
        person = lost[place]
