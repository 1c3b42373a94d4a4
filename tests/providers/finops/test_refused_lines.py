"""Lines that F&O or Dataverse refuse: the others are sent all the same."""

from tests.providers.finops.samples import SEATTLE, a_bad_line_of_three, a_line, an_order, updated


def test_one_bad_line_of_three_leaves_the_others_in_finops(finops, send):
    outcome = send(a_bad_line_of_three())

    (sent,) = finops.sales_orders
    assert [line["sequence"] for line in sent["lines"]] == [1, 3]
    assert not outcome.result.success
    assert outcome.result.message.startswith("F&O took 2 of 3 lines; line 2: Write failed")
    assert [failure["line"] for failure in outcome.result.details["lines"]] == [2]
    assert outcome.events == ()


def test_an_order_of_many_bad_lines_is_told_in_a_message_that_can_be_read(send):
    outcome = send(an_order(tuple(a_line(number, shipping_site="1") for number in range(1, 251))))

    assert outcome.result.message.endswith("; and 245 more")
    assert len(outcome.result.model_dump_json()) < 32_000


def test_the_bad_line_keeps_what_finops_said(send):
    order = a_bad_line_of_three()

    outcome = send(order)

    errors = [line.sync_error for line in updated(outcome, order).lines]
    assert (errors[0], errors[2]) == (None, None)
    assert "Warehouse 24 does not belong to site 1" in (errors[1] or "")


def test_a_line_that_dataverse_refuses_keeps_its_words_too(finops, send):
    endless = SEATTLE.with_(external_id="502", line1="x" * 300)
    order = an_order((a_line(1), a_line(2, ship_to_id="502")), addresses=(SEATTLE, endless))

    outcome = send(order)

    assert [line["sequence"] for line in finops.sales_orders[0]["lines"]] == [1]
    assert "shipto_line1" in outcome.result.message
    assert "404" not in outcome.result.message


def test_an_order_of_which_no_line_is_accepted_stays_out_of_finops(finops, send):
    navigation = finops.connection().line_navigation.model_copy(update={"product": "ProductID"})

    outcome = send(an_order(2), line_navigation=navigation)

    assert outcome.result.message.startswith("F&O took 0 of 2 lines; line 1: Dataverse answered 400")
    assert finops.sales_orders == []


def test_part_of_an_order_may_be_enough_when_the_settings_say_so(send):
    outcome = send(a_bad_line_of_three(), partial_lines_succeed=True)

    assert outcome.result.success
    assert outcome.result.details["lines"] == [1, 3]
    assert "line 2" in outcome.result.message
    assert outcome.update is not None


def test_nothing_at_all_is_never_enough(send):
    outcome = send(an_order((a_line(shipping_site="1"),)), partial_lines_succeed=True)

    assert not outcome.result.success


def test_the_next_success_clears_the_line_and_adds_only_what_was_missing(finops, send):
    order = a_bad_line_of_three()
    noted = updated(send(order), order)
    mended = noted.with_(lines=tuple(line.with_(shipping_site="2") for line in noted.lines))

    outcome = send(mended, generation=2)

    assert outcome.result.success
    assert [line.sync_error for line in updated(outcome, mended).lines] == [None] * 3
    assert [line["sequence"] for line in finops.sales_orders[0]["lines"]] == [1, 2, 3]
    assert len(finops.effects("finops_line_created")) == 3


def test_lines_that_finops_has_taken_are_known_to_be_there(send):
    order = a_bad_line_of_three()

    outcome = send(order)

    assert [line.in_finops for line in updated(outcome, order).lines] == [True, False, True]
