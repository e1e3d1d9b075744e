"""The geometry of charts: what is drawn is what was given."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from redflower.faces.shared import charts
from redflower.faces.shared.regions import COLUMNS, REGIONS, ROWS, find_region

COUNTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


@given(COUNTS)
def test_a_curve_passes_through_every_value_and_stays_inside(values):
    curve = charts.plot_curve(values)
    assert [point.value for point in curve.points] == values
    assert all(charts.HEADROOM <= point.y <= charts.FULL for point in curve.points)
    assert curve.ceiling >= max(values)
    assert curve.peak.value == max(values)


def test_a_curve_of_nothing_is_nothing():
    assert charts.plot_curve([]) == charts.Curve("", "", (), None, 1)


@given(COUNTS)
def test_a_stack_fills_the_bar_exactly_or_not_at_all(values):
    slices = charts.plot_stack([{"value": value} for value in values])
    assert len(slices) == sum(value > 0 for value in values)
    if slices:
        assert abs(sum(part.length for part in slices) - charts.FULL) < 0.01 * len(slices)


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_petals_open_one_after_another(part, whole):
    petals = charts.compute_petals(part, whole)
    assert len(petals) == charts.PETALS
    assert list(petals) == sorted(petals, reverse=True)
    assert sum(0 < petal < 1 for petal in petals) <= 1


def test_a_funnel_tells_how_many_went_on_from_the_step_before():
    rows = charts.plot_funnel([{"value": 200}, {"value": 100}, {"value": 25}])
    assert [(width, kept) for _, width, kept in rows] == [(100, 100), (50, 50), (12.5, 25)]


def test_every_region_has_a_tile_of_its_own():
    assert len(REGIONS) == len({region.code for region in REGIONS}) == 34
    assert len({(region.row, region.column) for region in REGIONS}) == 34
    assert all(0 <= region.row < ROWS and 0 <= region.column < COLUMNS for region in REGIONS)
    assert find_region("530102").name_zh == "云南"
    assert find_region("990000") is None


@given(st.dictionaries(st.sampled_from([region.code for region in REGIONS]), st.integers(0, 10**9)))
def test_a_region_with_more_is_never_tinted_paler(values):
    tiles = sorted(charts.plot_tiles(values), key=lambda tile: tile.value)
    assert [tile.level for tile in tiles] == sorted(tile.level for tile in tiles)
    assert all((tile.level == 0) == (tile.value == 0) for tile in tiles)


@given(st.dates(date(2000, 1, 10), date(2100, 1, 1)), st.integers(1, 53))
def test_a_calendar_ends_with_the_week_of_today(today, weeks):
    days = charts.plot_calendar({today: 1}, today, weeks)
    assert len(days) == weeks * 7
    assert days[0].on.weekday() == 0
    assert [day.on for day in days if day.value] == [today]
    assert today - days[-1].on < timedelta(days=7)
