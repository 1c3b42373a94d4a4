"""fulfillment.yaml: what is shipped can source an order, and every mistake is named with file, path and value."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest

from shared.configuration import ConfigurationError, Fulfillment, UnknownStrategy, load_configuration
from shared.domain.orders import FulfillmentSource
from shared.domain.stock import StockPlace
from shared.optimization import MaximumOrderLines, MaximumSourcesPerOrder

SHIPPED = Path(__file__).parents[2] / "config"
FILE = "fulfillment.yaml"

Edit = Callable[[str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the shipped folder with one text of fulfillment.yaml replaced."""

    def edit(old: str, new: str) -> Path:
        folder = shutil.copytree(SHIPPED, tmp_path / "config", dirs_exist_ok=True)
        text = (folder / FILE).read_text(encoding="utf-8")
        assert old in text
        (folder / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


def loaded(folder: Path = SHIPPED) -> Fulfillment:
    return load_configuration(folder).fulfillment


def test_an_order_that_names_no_strategy_prefers_one_parcel_and_takes_several_rather_than_none():
    strategy = loaded().strategy(None)

    (rule,) = strategy.constraints
    assert isinstance(rule, MaximumSourcesPerOrder)
    assert (rule.limit, rule.hard) == (1, False)


def test_a_strategy_nobody_has_configured_is_named_with_those_there_are():
    with pytest.raises(UnknownStrategy, match="strategy = 'Fast': there is no such strategy; there are 'Few and near'"):
        loaded().strategy("Fast")


def test_each_warehouse_of_flexe_is_a_place_in_finops():
    assert loaded().flexe_sources() == {
        "wh_12": FulfillmentSource(name="Flexe Reno", company="USMF", shipping_site="5", shipping_warehouse="51"),
        "wh_31": FulfillmentSource(name="Flexe Atlanta", company="USMF", shipping_site="5", shipping_warehouse="52"),
    }


def test_stock_is_counted_where_it_ships_from_unless_said_otherwise(edited: Edit):
    setup = loaded(
        edited("    longitude: -119.81\n", "    longitude: -119.81\n    inventory: {site: N, location: R7}\n")
    )

    assert setup.sources["Seattle"].stock_place == StockPlace(source="Seattle", site="2", location="24")
    assert setup.sources["Reno"].stock_place == StockPlace(source="Reno", site="N", location="R7")


def test_a_calendar_says_when_a_source_works(edited: Edit):
    hours = "{monday: [08:00-12:00, 13:00-24:00]}"
    written = f"    longitude: -83.0\n    cutoff: 16:30\n    calendar: {{hours: {hours}, holidays: [2026-03-09]}}\n"
    source = loaded(edited("    longitude: -83.0\n", written)).sources["Columbus"].source()

    assert source.cutoff == time(16, 30)
    assert source.calendar is not None
    at = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((2, 11), (2, 12), (2, 23), (3, 11), (9, 11))]
    assert [source.calendar.works_at(moment) for moment in at] == [True, False, True, False, False]


def test_every_type_of_constraint_can_be_written(edited: Edit):
    rules = """
      - {type: location_priority, name: p, ranks: [{source: Reno, rank: 1}, {source_list: All warehouses, rank: 2}]}
      - {type: maximum_distance, name: d, limit: 800.5, unit: miles, same_country: true}
      - {type: maximum_order_lines, name: l, limit: 200, source_list: All warehouses}
      - {type: maximum_sources_per_line, name: s, limit: 1}
      - {type: respect_warehouse_timings, name: t, enabled: false}
      - {type: restrict_partial_lines, name: a}
      - {type: restrict_partial_orders, name: o, hard: false}
      - {type: safety_stock, name: f, mode: threshold, sources: [Seattle]}
      - {type: maximum_sources_per_order,"""

    setup = loaded(edited("\n      - {type: maximum_sources_per_order,", rules))

    strategy = setup.strategy(None).strategy("All warehouses")
    assert [rule.name for rule in strategy.constraints[:8]] == ["p", "d", "l", "s", "t", "a", "o", "f"]
    assert setup.counts_lines
    assert not loaded().counts_lines


def test_a_rule_that_is_switched_off_counts_nothing():
    rule = MaximumOrderLines(name="l", limit=1, enabled=False)
    setup = loaded()
    (strategy,) = setup.strategies.values()

    assert not setup.with_(strategies={"x": strategy.with_(constraints=(rule,))}).counts_lines


def test_quantities_and_order_handling_are_read_as_written(edited: Edit):
    setup = loaded(edited("cancellation_sla_days: 30", "cancellation_sla_days: null"))

    assert setup.order_handling.backorders
    assert setup.order_handling.cancellation_sla_days is None
    assert loaded().order_handling.cancellation_sla_days == 30
    assert loaded().sources["Seattle"].safety_stock == Decimal(0)


RULE = "- {type: maximum_sources_per_order"
SECOND = "  Second: {source_list: All warehouses, alternate: Few and near}\n"


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("latitude: 47.6", "latitude: 97.6", "sources.Seattle.latitude: Input should be less than or equal to 90"),
        ("    latitude: 47.6\n", "", "sources.Seattle: latitude and longitude belong together"),
        ("    latitude: 47.6\n    longitude: -122.33\n", "",
         "sources.Seattle.latitude: the source has no coordinates, and a strategy may choose it"),
        ('    shipping_warehouse: "24"\n', "", "sources.Seattle.shipping_warehouse: the source has no warehouse"),
        ('    shipping_warehouse: "24"\n', "", "sources.Seattle.inventory: nobody says where its stock is counted"),
        ('    shipping_site: "2"\n', "", "sources.Seattle.shipping_site: the source has no site in F&O"),
        ('shipping_warehouse: "25"', 'shipping_warehouse: "24"',
         "sources.Reno.inventory: 2/24 is the stock of 'Seattle' already"),
        ("    company: USMF\n", "", "sources.Seattle.company: Field required"),
        ("America/Los_Angeles", "America/Seattle", "sources.Seattle.time_zone: there is no time zone 'America/S"),
        ("country: US\n", "country: usa\n", "sources.Seattle.country"),
        ("    time_zone", "    cutoff: 25:00\n    time_zone", "sources.Seattle.cutoff"),
        ("    time_zone", "    calendar: {hours: {monday: [17:00-08:00]}}\n    time_zone",
         "sources.Seattle.calendar.hours.monday[0]: working hours are written 08:00-17:30"),
        ("    time_zone", "    calendar: {hours: {mon: []}}\n    time_zone", "sources.Seattle.calendar.hours.mon"),
        ("    time_zone", "    safety_stock: -1\n    time_zone", "sources.Seattle.safety_stock"),
        ("    time_zone", "    name: Tacoma\n    time_zone", "sources: 'Tacoma' is not the name it is written under"),
        ("wh_31", "wh_12", "sources.Flexe Atlanta.flexe_warehouse: 'wh_12' is that of 'Flexe Reno' already"),
        ("[Seattle, Reno, Columbus]", "[Seattle, Boise]", "source_lists.All warehouses[1]: there is no source 'Boise'"),
        ("[Seattle, Reno, Columbus]", "[Seattle, Seattle]", "source_lists.All warehouses[1]: 'Seattle' is there twice"),
        ("source_list: All", "source_list: No", "strategies.Few and near.source_list: there is no source list 'No w"),
        ("default: true", "default: false", "strategies: exactly one must be the default, found none"),
        ("strategies:\n", f"strategies:\n{SECOND.replace('alternate: Few and near', 'default: true')}",
         "strategies: exactly one must be the default, found 'Second', 'Few and near'"),
        ("default: true", "default: true\n    alternate: Slow",
         "strategies.Few and near.alternate: there is no strategy 'Slow'"),
        ("default: true", "default: true\n    alternate: Few and near",
         "strategies.Few and near.alternate: 'Few and near' has an alternate itself"),
        ("strategies:\n  Few and near:\n", f"strategies:\n{SECOND}  Few and near:\n    alternate: Second\n",
         "strategies.Second.alternate: 'Few and near' has an alternate itself: only one is ever tried"),
        ("default: true", "default: true\n    batch_minutes: 0", "strategies.Few and near.batch_minutes"),
        ("type: maximum_sources_per_order", "type: fewest_sources",
         "strategies.Few and near.constraints[0]: type 'fewest_sources' is no type of constraint; there are loca"),
        ("type: maximum_sources_per_order,", "", "strategies.Few and near.constraints[0]: type None is no type"),
        ("limit: 1,", "limit: 0,", "strategies.Few and near.constraints[0].maximum_sources_per_order.limit"),
        (RULE, f"- {{type: safety_stock, name: s, sources: [Boise]}}\n      {RULE}",
         "strategies.Few and near.constraints[0].sources[0]: there is no source 'Boise'"),
        (RULE, f"- {{type: maximum_distance, name: d, limit: 9, source_list: West}}\n      {RULE}",
         "strategies.Few and near.constraints[0].source_list: there is no source list 'West'"),
        (RULE, f"- {{type: location_priority, name: p, ranks: [{{rank: 1, source: Boise}}]}}\n      {RULE}",
         "strategies.Few and near.constraints[0].ranks[0].source: there is no source 'Boise'"),
        ("cancellation_sla_days: 30", "cancellation_sla_days: 366", "order_handling.cancellation_sla_days"),
        ("  MX:", "  Mexico:", "places.Mexico"),
        ("[23.6, -102.5]", "[123.6, -102.5]", "places.MX.[0]: Input should be less than or equal to 90"),
        ("    B: [44.9", '    "a ": [44.9', "places.CA: the postal codes 'a ' are there twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_path_and_value(edited: Edit, old: str, new: str, mistake: str):
    with pytest.raises(ConfigurationError) as refused:
        loaded(edited(old, new))

    assert any(each.startswith(f"{FILE}: {mistake}") for each in refused.value.mistakes), refused.value.mistakes
