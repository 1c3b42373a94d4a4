"""BigCommerce order products as order lines.

Child lines of a bundle are lines like others: they are what is picked, mostly priced 0.
"""

from collections.abc import Set as AbstractSet
from decimal import Decimal

from shared.domain.identity import line_id_for
from shared.domain.mappings import IdMappings, MappedProduct, NotMapped
from shared.domain.orders import OrderLine
from shared.providers.bigcommerce.fields import ZERO, Fields

PRECISION = Decimal("0.0001")  # of BigCommerce's amounts
SHIPPED_NOWHERE = frozenset({"digital", "giftcertificate"})
PIECE = "each"
"""What the id mappings call the unit that BigCommerce counts everything in; the store itself has no word for it."""


class LineReader:
    """Makes the lines of one order, in the store's order."""

    def __init__(self, order_id: str, address_ids: AbstractSet[str], mappings: IdMappings) -> None:
        self._order_id = order_id
        self._address_ids = address_ids
        self._mappings = mappings
        self._seen: set[str] = set()

    def line(self, fields: Fields, number: int) -> OrderLine | None:
        """The line, None when all of it has been refunded: nothing of it is to be shipped or invoiced."""
        ordered = fields.units("quantity", at_least=1)
        left = ordered - _refunded(fields, ordered)
        if ordered and not left:
            return None
        # What was ordered carries discount and tax evenly, so what is left of it carries its share.
        share = left / ordered if ordered else Decimal(1)
        external_id = self._external_id(fields, number)
        sku = fields.text("sku")
        product = self._product(fields, sku)
        return OrderLine(
            line_id=line_id_for(self._order_id, external_id),
            external_line_id=external_id,
            number=number,
            sku=sku,
            name=fields.text("name"),
            product=product.product if product else None,
            unit=self._unit(fields, product) if product else None,
            quantity=left,
            unit_price=fields.amount("price_ex_tax", required=True),
            discount=_part(sum((each.amount("amount") for each in fields.children("applied_discounts")), ZERO), share),
            tax=_part(fields.amount("total_tax"), share),
            ship_to_id=self._ship_to_id(fields),
            digital=fields.text("type") in SHIPPED_NOWHERE,
        )

    def _external_id(self, fields: Fields, number: int) -> str:
        """A line without an id of its own still gets one, so that the order can be stored and shown."""
        external_id = fields.id("id")
        if not external_id:
            fields.problem("id", "the line has no id")
        elif external_id in self._seen:
            fields.problem("id", "another line has this id")
        else:
            self._seen.add(external_id)
            return external_id
        return f"line-{number}"

    def _product(self, fields: Fields, sku: str) -> MappedProduct | None:
        if not sku:
            fields.problem("sku", "the line has no SKU")
            return None
        try:
            return self._mappings.internal_product(sku)
        except NotMapped as missing:
            fields.problem("sku", missing.problem)
            return None

    def _unit(self, fields: Fields, product: MappedProduct) -> str | None:
        try:
            return product.unit or self._mappings.internal("unit", PIECE)
        except NotMapped as missing:
            fields.problem("unit", missing.problem, PIECE)
            return None

    def _ship_to_id(self, fields: Fields) -> str:
        if fields.text("type") in SHIPPED_NOWHERE:
            return ""
        named = fields.id("order_address_id")
        if named in self._address_ids:
            return named
        if not named and len(self._address_ids) == 1:
            return next(iter(self._address_ids))
        fields.problem("order_address_id", "the order has no shipping address of this id")
        return ""


def _refunded(fields: Fields, ordered: Decimal) -> Decimal:
    refunded = fields.units("quantity_refunded", at_least=0)
    if refunded > ordered:
        fields.problem("quantity_refunded", "is more than was ordered")
        return ZERO
    return refunded


def _part(amount: Decimal, share: Decimal) -> Decimal:
    return amount if share == 1 else (amount * share).quantize(PRECISION)
