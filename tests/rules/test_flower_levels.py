"""Levels only grow with what was earned, and badges with what was done."""

from hypothesis import given
from hypothesis import strategies as st

from redflower.domains.flowers.rules import BADGES, LEVELS, compute_level, find_next_level, list_badges

FLOWERS = st.integers(min_value=0, max_value=20_000)


@given(FLOWERS, FLOWERS)
def test_more_flowers_never_lower_a_level(fewer, more):
    fewer, more = sorted((fewer, more))
    assert compute_level(fewer).number <= compute_level(more).number


@given(FLOWERS)
def test_the_next_level_is_the_one_above(earned):
    following = find_next_level(earned)
    if following is None:
        assert compute_level(earned) == LEVELS[-1]
    else:
        assert following.number == compute_level(earned).number + 1
        assert compute_level(following.earned_from) == following


@given(st.dictionaries(st.sampled_from([badge.deed for badge in BADGES]), st.integers(0, 2_000)))
def test_a_badge_says_how_many_of_its_thresholds_were_reached(deeds):
    badges = list_badges(deeds)
    for badge in BADGES:
        count = deeds.get(badge.deed, 0)
        assert badges.get(badge.deed, 0) == sum(count >= threshold for threshold in badge.thresholds)
