"""On-hand queries, and the stock people set behind `/_control/`."""

from typing import Any

import pytest

from sandbox.systems.inventory import Config, create_app
from sandbox.systems.kit import serve
from tests.systems.inventory.conftest import BAG, Service, change, exact_query, index_query, place


def _places(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["dimensions"]["siteid"], row["dimensions"]["locationid"]) for row in rows]


def test_a_row_tells_what_lies_there_and_what_may_be_reserved(inventory: Service) -> None:
    inventory.shelve(20, available=18)

    rows = inventory.query(["1"], ["11"], [BAG])

    assert rows == [
        {
            "productId": BAG,
            "dimensions": {"siteid": "1", "locationid": "11"},
            "quantities": {
                "fno": {"availphysical": 18, "physicalinvent": 20},
                "iv": {"availabletoreserve": 18, "onhand": 20},
            },
        }
    ]


def test_available_to_reserve_is_calculated_from_all_sources(inventory: Service) -> None:
    inventory.shelve(70)
    inventory.post("/onhand", change("c-1", {"pos": {"inbound": 50, "outbound": 20}}))
    inventory.reserve("r-1", 90)

    [row] = inventory.query(["1"], ["11"], [BAG])

    assert row["quantities"]["iv"] == {"availabletoreserve": 10, "onhand": 70, "softreservordered": 90}
    assert row["quantities"]["pos"] == {"inbound": 50, "outbound": 20}


def test_an_index_query_asks_for_every_site_with_every_warehouse(inventory: Service) -> None:
    for site, warehouse in (("1", "11"), ("1", "22"), ("2", "11"), ("3", "11")):
        inventory.shelve(5, site, warehouse)

    rows = inventory.query(["1", "2"], ["11", "22"])

    assert _places(rows) == [("1", "11"), ("1", "22"), ("2", "11")]


def test_an_exact_query_asks_for_the_given_pairs_only(inventory: Service) -> None:
    for site, warehouse in (("1", "11"), ("1", "22"), ("2", "11"), ("2", "22")):
        inventory.shelve(5, site, warehouse)

    rows = inventory.post("/onhand/exactquery", exact_query([["1", "11"], ["2", "22"]])).json()

    assert _places(rows) == [("1", "11"), ("2", "22")]


def test_what_has_never_been_stocked_has_no_row(inventory: Service) -> None:
    inventory.shelve(5)

    assert inventory.query(["1"], ["11"], ["KTL-EN-1L"]) == []


def test_no_product_means_every_product_of_the_company(inventory: Service) -> None:
    inventory.shelve(5)
    inventory.shelve(6, product="KTL-EN-1L")
    inventory.shelve(7, product="OTHER", company="DEMF")

    assert [row["productId"] for row in inventory.query(["1"], ["11"])] == [BAG, "KTL-EN-1L"]


def test_colors_are_summed_unless_grouped(inventory: Service) -> None:
    inventory.shelve(5, dimensions={"colorId": "red"})
    inventory.shelve(3, dimensions={"colorId": "blue"})

    summed = inventory.query(["1"], ["11"])
    grouped = inventory.query(["1"], ["11"], groupByValues=["colorId"])
    red = inventory.query(["1"], ["11"], filters={"colorId": ["red"]})

    assert [row["quantities"]["iv"]["onhand"] for row in summed] == [8]
    assert [(row["dimensions"]["ColorId"], row["quantities"]["iv"]["onhand"]) for row in grouped] == [
        ("blue", 3),
        ("red", 5),
    ]
    assert [row["quantities"]["iv"]["onhand"] for row in red] == [5]


def test_an_exact_query_groups_by_its_dimensions(inventory: Service) -> None:
    inventory.shelve(5, dimensions={"colorId": "red"})
    inventory.shelve(3, dimensions={"colorId": "blue"})
    filters = {"dimensions": ["colorId", "siteId", "locationId"]}

    rows = inventory.post("/onhand/exactquery", exact_query([["red", "1", "11"]], filters=filters)).json()

    assert [row["dimensions"] for row in rows] == [{"siteid": "1", "locationid": "11", "ColorId": "red"}]


def test_negative_rows_come_only_when_wanted(inventory: Service) -> None:
    inventory.shelve(1)
    inventory.reserve("r-1", 3, ifCheckAvailForReserv=False)

    assert inventory.query(["1"], ["11"]) == []
    assert inventory.query(["1"], ["11"], returnNegative=True)[0]["quantities"]["iv"]["availabletoreserve"] == -2


def test_keys_are_read_without_regard_to_case(inventory: Service) -> None:
    inventory.shelve(5)
    body = {
        "Filters": {"OrganizationId": ["USMF"], "ProductId": [BAG], "SiteId": ["1"], "LocationId": ["11"]},
        "GroupByValues": [],
        "ReturnNegative": True,
        "QueryATP": False,
    }

    rows = inventory.post("/onhand/indexquery", body).json()

    assert _places(rows) == [("1", "11")]


def test_a_hundred_places_fit_into_a_query(inventory: Service) -> None:
    ten, eleven = [str(n) for n in range(10)], [str(n) for n in range(11)]
    pairs = [["1", str(n)] for n in range(101)]

    fits = inventory.post("/onhand/indexquery", index_query(ten, ten))
    too_many = inventory.post("/onhand/indexquery", index_query(ten, eleven))
    exact_fits = inventory.post("/onhand/exactquery", exact_query(pairs[:100]))
    exact_too_many = inventory.post("/onhand/exactquery", exact_query(pairs))

    assert [fits.status_code, too_many.status_code] == [200, 400]
    assert "it is 110" in too_many.json()["message"]
    assert [exact_fits.status_code, exact_too_many.status_code] == [200, 400]


def test_the_number_of_products_in_a_query_is_limited() -> None:
    config = Config(products_per_query=2)
    with serve(create_app(config)) as url:
        inventory = Service(url, config)
        inventory.sign_in()

        answers = [
            inventory.post("/onhand/indexquery", index_query(["1"], ["11"], ["a", "b", "c"][:n])) for n in (2, 3)
        ]

        inventory.http.close()
    assert [answer.status_code for answer in answers] == [200, 400]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/onhand/indexquery", {}, "filters"),
        ("/onhand/indexquery", index_query([], ["11"]), "siteid"),
        ("/onhand/indexquery", {"filters": {"organizationId": ["usmf"], "siteId": ["1"]}}, "productid"),
        (
            "/onhand/indexquery",
            index_query(["1"], ["11"], filters={"organizationId": ["usmf", "demf"]}),
            "organization",
        ),
        ("/onhand/indexquery", index_query(["1"], ["11"], filters={"shadeId": ["red"]}), "shadeid"),
        ("/onhand/indexquery", index_query(["1"], ["11"], groupByValues=["shadeId"]), "shadeid"),
        ("/onhand/indexquery", index_query(["1"], ["11"], groupBy=["colorId"]), "groupby"),
        ("/onhand/exactquery", exact_query([["1"]]), "values"),
        ("/onhand/exactquery", exact_query([]), "values"),
        ("/onhand/exactquery", exact_query([["1"]], filters={"dimensions": ["siteId"]}), "locationid"),
        ("/onhand/exactquery", [], "object"),
    ],
)
def test_a_query_that_cannot_be_answered_is_told_why(inventory: Service, path: str, body: Any, named: str) -> None:
    answer = inventory.post(path, body)

    assert answer.status_code == 400
    assert named in answer.json()["message"]


@pytest.mark.parametrize("wish", [{"QueryATP": True}, {"dimensionDataSource": "pos"}])
def test_queries_for_what_is_not_imitated_say_so(inventory: Service, wish: dict[str, Any]) -> None:
    assert inventory.post("/onhand/indexquery", index_query(["1"], ["11"], **wish)).status_code == 501


def test_a_body_that_is_no_json_is_refused(inventory: Service) -> None:
    address = f"{inventory.url}/api/environment/{inventory.config.environment_id}/onhand/reserve"
    headers = {"Content-Type": "application/json"}

    answers = [
        inventory.http.post(address, data=text, headers=headers, timeout=10) for text in ("{", '{"quantity":NaN}')
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("not valid JSON" in answer.json()["message"] for answer in answers)


def test_a_count_replaces_the_stock_and_leaves_reservations(inventory: Service) -> None:
    inventory.shelve(10)
    inventory.reserve("r-1", 4)

    inventory.shelve(6)

    assert inventory.available() == 2


def test_people_see_the_stock_and_what_is_reserved_of_it(inventory: Service) -> None:
    inventory.shelve(10, dimensions={"colorId": "red"})
    made = inventory.reserve("r-1", 4, dimensions={**place(), "colorId": "red"}).json()

    shown = inventory.control("GET", "/stock").json()

    where = {"company": "usmf", "site": "1", "warehouse": "11", "product": BAG, "dimensions": {"ColorId": "red"}}
    [stocked], [reserved] = shown["stock"], shown["reservations"]
    assert where.items() <= stocked.items()
    assert stocked["quantities"]["iv"] == {"availabletoreserve": 6, "onhand": 10, "softreservordered": 4}
    assert reserved == {
        **where,
        "reservation_id": made["reservationId"],
        "measure": "iv.softreservordered",
        "quantity": 4,
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [({"quantity": "many"}, "quantity"), ({"bin": "7"}, "bin"), ({"dimensions": {"shade": "red"}}, "shade")],
)
def test_stock_that_cannot_be_set_is_refused_by_name(inventory: Service, change: dict[str, Any], named: str) -> None:
    row = {"company": "USMF", "site": "1", "warehouse": "11", "product": BAG, "quantity": 1}

    answer = inventory.control("POST", "/stock", {"stock": [row, row | change]})

    assert (answer.status_code, named in answer.json()["error"]) == (400, True)
    assert inventory.control("GET", "/stock").json()["stock"] == []


def test_what_people_set_is_no_effect(inventory: Service) -> None:
    inventory.shelve(10)

    assert inventory.effects() == []
