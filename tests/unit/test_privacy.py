"""What outside systems say of an order is shown without the person in it."""

import pytest

from shared.domain.orders import Address, Order
from shared.domain.privacy import impersonal

MARA = Address(
    name="Mara Quill",
    line1="12 Harbor Lane",
    line2="4",
    city="Portland",
    postal_code="97205",
    phone="5035550142",
    email="mara.quill@example.com",
)
ORDER = Order(order_id="1", source="shop", external_id="1", number="BC-1", customer_name="Mara Quill", bill_to=MARA)


def an_order(*addresses: Address) -> Order:
    return ORDER.with_(addresses=addresses or (MARA,))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Address 12 Harbor Lane is unknown", "Address [ship_to.line1] is unknown"),
        ("no phone 5035550142", "no phone [ship_to.phone]"),
        ("MARA QUILL <Mara.Quill@Example.com> (12 harbor lane)", "[ship_to.name] <[ship_to.email]> ([ship_to.line1])"),
        ("zip 97205 is not in Portland, line 4", "zip 97205 is not in Portland, line 4"),
        ("warehouse 24 does not exist", "warehouse 24 does not exist"),
    ],
)
def test_the_field_is_named_in_the_place_of_what_it_holds(said: str, shown: str):
    assert impersonal(said, an_order()) == shown


@pytest.mark.parametrize("said", ["Jörg Weißmüller", "JÖRG WEISSMÜLLER", "jörg weissmüller", "Jörg\n  Weißmüller"])
def test_a_name_is_known_in_every_spelling_of_its_letters(said: str):
    order = an_order(MARA.model_copy(update={"name": "Jörg Weißmüller"}))

    assert impersonal(f"no {said} here", order) == "no [ship_to.name] here"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("Jörg Weißmüller", r"J\u00f6rg Wei\u00dfm\u00fcller"),
        ("Jörg Weißmüller", r"j\u00F6rg wei\u00DFm\u00FCller"),
        ("Mara\u200bQuill", r"Mara\u200bQuill"),
        ("Mara\u00adQuill Ås", r"Mara\xadQuill Ås"),
        ('Mara "M" Quill', r"Mara \"M\" Quill"),
    ],
)
def test_a_name_is_known_when_its_signs_are_escaped(kept: str, said: str):
    order = an_order(MARA.model_copy(update={"name": kept}))

    assert impersonal(f"no {said} here", order) == "no [ship_to.name] here"


@pytest.mark.parametrize("kept", ["12  Harbor Lane", "12\tHarbor\n Lane", " 12 Harbor Lane "])
def test_blanks_in_what_was_kept_are_like_one(kept: str):
    order = an_order(MARA.model_copy(update={"line1": kept}))

    assert impersonal("12 Harbor Lane is unknown", order) == "[ship_to.line1] is unknown"


@pytest.mark.parametrize("seen", ["Quintessa Oberholtzer", "QUINTESSA OBER", "Quintessa", "'Qui", "Quintessa "])
def test_of_a_reason_that_was_cut_off_a_name_is_masked_as_far_as_it_goes(seen: str):
    order = an_order(MARA.model_copy(update={"name": "Quintessa  Oberholtzer"}))

    shown = impersonal(f"{'x' * 200} {seen}", order)

    assert shown.endswith("[ship_to.name]")
    assert "qui" not in shown.casefold()


@pytest.mark.parametrize("said", ["Flexe answered 503", f"{'x' * 200} Flexe answered 50", f"{'x' * 200}503", "x" * 200])
def test_an_end_that_nobody_cut_off_a_value_stays(said: str):
    """The phone number begins with 503, and so does many a message end."""
    assert impersonal(said, an_order()) == said


def test_the_longer_of_two_is_masked_as_a_whole():
    order = an_order(MARA.model_copy(update={"name": "Harbor", "line1": "12 Harbor Lane"}))

    assert impersonal("12 Harbor Lane", order) == "[ship_to.line1]"


def test_signs_with_a_meaning_are_signs_like_others():
    assert impersonal("to (a+b)*", an_order(Address(name="(a+b)*"))) == "to [ship_to.name]"


def test_an_order_that_says_nothing_of_anybody_changes_nothing():
    assert impersonal("as it was", ORDER.with_(customer_name="", bill_to=Address())) == "as it was"
