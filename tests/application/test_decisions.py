"""What the policies decided, as the people of an order read it."""

from decimal import Decimal

from shared.application.decisions import explanations, problems
from shared.configuration import Configuration
from shared.domain.orders import Order, Problem
from shared.policies import Decision, run_policies
from tests.application.samples import an_order

LINES = "Validate order lines"


def decisions(configuration: Configuration, order: Order, *policies: str) -> tuple[Decision, ...]:
    return run_policies([configuration.policy(name) for name in policies], order)[1]


def an_order_of_nothing_but(lines: int) -> Order:
    """The last line orders none."""
    order = an_order(lines)
    return order.with_(lines=(*order.lines[:-1], order.lines[-1].with_(quantity=Decimal(0))))


def test_a_refused_line_is_named_by_its_number_with_field_and_value(configuration: Configuration):
    order = an_order_of_nothing_but(3)

    (problem,) = problems(decisions(configuration, order, LINES))

    assert (problem.field, problem.value) == ("lines[3].quantity", "0")
    assert problem.problem.startswith("The quantity is above zero")


def test_a_field_that_is_empty_is_named_too(configuration: Configuration):
    order = an_order().with_(currency="")

    (problem,) = problems(decisions(configuration, order, "Validate order header"))

    assert (problem.field, problem.value) == ("currency", "")


def test_a_sound_order_has_no_problems(configuration: Configuration):
    order = an_order()

    assert problems(decisions(configuration, order, "Validate order header", LINES)) == ()


def test_a_failed_check_that_only_informs_stops_nothing(configuration: Configuration):
    order = an_order_of_nothing_but(1)
    informing = configuration.policy(LINES).with_(criticality="information")

    _, found = run_policies([informing], order)

    assert not found[0].success
    assert problems(found) == ()


def test_a_rule_that_copies_from_an_empty_field_is_a_problem_of_its_name(configuration: Configuration):
    order = an_order(1)

    (problem, *_) = problems(decisions(configuration, order, "Assign order line data"))

    assert problem == Problem(
        field="lines[1].Lines follow their order",
        value=None,
        problem="rule 'Lines follow their order' copies order.company into company, but order.company is empty",
    )


def test_250_like_lines_are_one_explanation_and_an_odd_one_is_another(configuration: Configuration):
    order = an_order_of_nothing_but(250)

    alike, odd = explanations(decisions(configuration, order, LINES))

    assert (len(alike["subjects"]), alike["success"]) == (249, True)
    assert (odd["subjects"], odd["success"]) == (["line 250"], False)
    refused = [rule for rule in odd["rules"] if rule["refused_by"]]
    assert [rule["rule"] for rule in refused] == ["The quantity is above zero"]
    assert "its value is 0" in refused[0]["refused_by"][0]


def test_an_explanation_tells_of_each_rule_what_it_set(configuration: Configuration):
    (explained,) = explanations(decisions(configuration, an_order(), "Assign order data"))

    america, europe, check = explained["rules"]
    assert (america["matched"], america["set"]["company"]) == (True, "USMF")
    assert (europe["matched"], europe["set"]) == (False, {})
    assert check["matched"]


def test_no_decisions_need_no_explanation(configuration: Configuration):
    order = an_order(0)

    assert explanations(decisions(configuration, order, LINES)) == []
