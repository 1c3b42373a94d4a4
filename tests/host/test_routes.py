"""Route templates."""

import pytest

from sandbox.host.routes import RouteError, RouteTable, compile_route

TEMPLATES = (
    "api/orders",
    "api/orders/{id:int}",
    "api/orders/{id}",
    "api/orders/latest",
    "api/files/{*rest}",
    "api/{kind}/x-{n}.json",
)


@pytest.fixture
def table() -> RouteTable[str]:
    optional = compile_route("api/lines/{order}/{line?}", ["GET"], "lines")
    return RouteTable([*(compile_route(template, None, template) for template in TEMPLATES), optional])


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/api/orders", "api/orders", {}),
        ("/API/Orders/", "api/orders", {}),
        ("/api/orders/latest", "api/orders/latest", {}),
        ("/api/orders/17", "api/orders/{id:int}", {"id": "17"}),
        ("/api/orders/a%2Fb%20c", "api/orders/{id}", {"id": "a/b c"}),
        ("/api/files", "api/files/{*rest}", {}),
        ("/api/files/a/b.txt", "api/files/{*rest}", {"rest": "a/b.txt"}),
        ("/api/lines/7", "lines", {"order": "7"}),
        ("/api/lines/7/2", "lines", {"order": "7", "line": "2"}),
        ("/api/maps/x-3.json", "api/{kind}/x-{n}.json", {"kind": "maps", "n": "3"}),
    ],
)
def test_the_most_specific_template_takes_the_path(table: RouteTable[str], path: str, template: str, values: dict):
    assert table.match("GET", path) == (template, values)


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/api/orders/1/2", "/api/lines", "/orders"])
def test_a_path_of_no_template_matches_nothing(table: RouteTable[str], path: str):
    assert table.match("GET", path) is None


def test_a_method_the_function_does_not_take_matches_nothing(table: RouteTable[str]):
    assert table.match("POST", "/api/lines/7") is None


@pytest.mark.parametrize("template", ["a/{id:regex(x)}", "a/{id", "a/b{*rest}", "a/{id:length(3)}"])
def test_a_template_this_host_does_not_know_is_refused(template: str):
    with pytest.raises(RouteError):
        compile_route(template, None, "target")
