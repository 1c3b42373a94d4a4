"""Where orders go, by country and postal code."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.orders import Address
from shared.providers.postal.places import PostalPlaces

NOWHERE: dict[str, dict[str, tuple[float, float]]] = {}
BERLIN, MUNICH, GERMANY, LONDON = (52.52, 13.4), (48.14, 11.58), (51.2, 10.4), (51.5, -0.12)
SEATTLE = pytest.approx((47.6, -122.3), abs=0.1)
SAN_JUAN = pytest.approx((18.4, -66.1), abs=0.1)


def to(country: str, postal_code: str) -> Address:
    return Address(country=country, postal_code=postal_code)


@pytest.mark.parametrize("postal_code", ["98101", " 98101 ", "98101-1234", "981011234", "98101 1234"])
def test_a_zip_code_of_the_us_is_known(postal_code: str):
    assert PostalPlaces(NOWHERE).of(to("us", postal_code)) == SEATTLE


@pytest.mark.parametrize(
    "postal_code",
    [
        "",
        "9810",
        "981011",
        "98101-",
        "98101-12",
        "9810-1",
        "A8101",
        "00000",
        "99999",
        "٩٨١٠١",
        "98101\x00",
        "９８１０１",
    ],
)
def test_what_is_no_zip_code_is_nowhere(postal_code: str):
    assert PostalPlaces(NOWHERE).of(to("US", postal_code)) is None


@pytest.mark.parametrize("military", ["09009", "96201", "34002", "96510"])
def test_military_mail_is_nowhere(military: str):
    assert PostalPlaces(NOWHERE).of(to("US", military)) is None


def test_a_zip_code_the_library_cannot_place_is_not_put_into_the_sea():
    assert PostalPlaces(NOWHERE).of(to("US", "96917")) is None


@pytest.mark.parametrize(("country", "found"), [("PR", SAN_JUAN), ("US", SAN_JUAN), ("VI", None), ("DE", None)])
def test_a_territory_is_found_by_its_own_country_and_by_the_us(country: str, found: object):
    assert PostalPlaces(NOWHERE).of(to(country, "00901")) == found


def test_a_zip_code_of_the_mainland_is_not_in_a_territory():
    assert PostalPlaces(NOWHERE).of(to("PR", "98101")) is None


@pytest.mark.parametrize("country", ["DE", "", "USA", "ZZ"])
def test_five_digits_of_another_country_are_no_zip_code(country: str):
    assert PostalPlaces(NOWHERE).of(to(country, "98101")) is None


@pytest.mark.parametrize(
    ("postal_code", "found"),
    [("10117", BERLIN), ("80331", MUNICH), ("70173", GERMANY), ("8", GERMANY), ("", GERMANY)],
)
def test_the_longest_beginning_that_fits_wins(postal_code: str, found: tuple[float, float]):
    places = PostalPlaces({"DE": {"": GERMANY, "10": BERLIN, "80": MUNICH}})

    assert places.of(to("DE", postal_code)) == found


@pytest.mark.parametrize("postal_code", ["SW1A 1AA", "sw1a1aa", " Sw-1a 1aA"])
def test_spaces_hyphens_and_case_do_not_matter(postal_code: str):
    assert PostalPlaces({"gb": {"sw-1a": LONDON}}).of(to("Gb", postal_code)) == LONDON


def test_a_beginning_counts_in_its_own_country_only():
    places = PostalPlaces({"DE": {"10": BERLIN}})

    assert places.of(to("AT", "1010")) is None


def test_an_operator_knows_better_than_the_library():
    places = PostalPlaces({"US": {"981": (1.0, 2.0), "09009": (50.0, 8.0)}})

    assert places.of(to("US", "98101-1234")) == (1.0, 2.0)
    assert places.of(to("US", "09009")) == (50.0, 8.0)
    assert places.of(to("US", "98201")) not in {None, (1.0, 2.0)}


def test_the_middle_of_the_map_is_a_place():
    assert PostalPlaces({"GH": {"": (0.0, 0.0)}}).of(to("GH", "1")) == (0.0, 0.0)


@pytest.mark.parametrize("point", [(91.0, 0.0), (0.0, -180.5), (float("nan"), 0.0), (0.0, float("inf"))])
def test_a_place_that_is_not_on_earth_is_refused(point: tuple[float, float]):
    with pytest.raises(ValueError, match=r"place of DE '10'.* is not on earth"):
        PostalPlaces({"DE": {"10": point}})


@pytest.mark.parametrize(
    "overrides", [{"GB": {"SW1": LONDON, "sw 1": BERLIN}}, {"GB": {"1": LONDON}, "gb": {"1": BERLIN}}]
)
def test_two_places_for_the_same_postal_codes_are_refused(overrides: dict[str, dict[str, tuple[float, float]]]):
    with pytest.raises(ValueError, match="there is another one"):
        PostalPlaces(overrides)


def test_threads_may_ask_at_once():
    places = PostalPlaces(NOWHERE)

    with ThreadPoolExecutor(8) as threads:
        found = [*threads.map(lambda _: places.of(to("US", "98101")), range(64))]

    assert all(point == SEATTLE for point in found)


@settings(max_examples=500, deadline=None)
@given(
    country=st.text() | st.sampled_from(["US", "PR", "DE"]),
    postal_code=st.text() | st.text("0123456789 -", max_size=11),
)
def test_no_address_is_a_crash(country: str, postal_code: str):
    point = PostalPlaces({"DE": {"": GERMANY}, "ß": {"ŉ": BERLIN}}).of(to(country, postal_code))

    assert point is None or (-90 <= point[0] <= 90 and -180 <= point[1] <= 180)
