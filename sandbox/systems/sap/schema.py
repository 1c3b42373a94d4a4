"""The entity types of both services: the properties that matter here, their lengths, and who may write them.

Reference: sap.md sections 3 and 4. Every collection's key begins with the number of its document.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.systems.sap.edm import Access, Edm, Property


@dataclass(frozen=True)
class EntityType:
    """`keys` in their order; `navigations`: name to the set of the children, which repeat all of these keys."""

    entity_set: str
    keys: tuple[str, ...]
    properties: Mapping[str, Property]
    navigations: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.entity_set}Type"


@dataclass(frozen=True)
class Service:
    """An OData service; the first entity type is that of its documents."""

    name: str
    types: tuple[EntityType, ...]

    @cached_property
    def sets(self) -> Mapping[str, EntityType]:
        return {kind.entity_set: kind for kind in self.types}


def _texts(access: Access, lengths: str) -> Iterable[Property]:
    """`Name:length` separated by blanks; a `#` marks a number."""
    for part in lengths.split():
        name, _, length = part.partition(":")
        yield Property(name, "Edm.String", int(length.rstrip("#")), access, length.endswith("#"))


def _of(edm: Edm, access: Access, names: str) -> Iterable[Property]:
    return (Property(name, edm, 0, access) for name in names.split())


def _named(*groups: Iterable[Property]) -> dict[str, Property]:
    return {kind.name: kind for group in groups for kind in group}


def _conditions(entity_set: str, keys: str) -> EntityType:
    return EntityType(
        entity_set,
        (*keys.split(), "PricingProcedureStep", "PricingProcedureCounter"),
        _named(
            _texts("read", " ".join(f"{key}:10#" for key in keys.split())),
            _texts("read", "PricingProcedureStep:3# PricingProcedureCounter:3#"),
            _texts("create", "ConditionType:4 ConditionCurrency:5 ConditionQuantityUnit:3"),
            _of("Edm.Decimal", "create", "ConditionRateValue ConditionQuantity"),
        ),
    )


def _long_texts(entity_set: str, keys: str) -> EntityType:
    return EntityType(
        entity_set,
        (*keys.split(), "Language", "LongTextID"),
        _named(
            _texts("read", " ".join(f"{key}:10#" for key in keys.split())),
            _texts("create", "Language:2 LongTextID:4"),
            [Property("LongText", access="create")],
        ),
    )


SALES_ORDER = EntityType(
    "A_SalesOrder",
    ("SalesOrder",),
    _named(
        _texts(
            "create",
            "SalesOrder:10# SalesOrderType:4 SalesOrganization:4 DistributionChannel:2 OrganizationDivision:2 "
            "SoldToParty:10# TransactionCurrency:5",
        ),
        _texts(
            "change",
            "PurchaseOrderByCustomer:35 CustomerPaymentTerms:4 ShippingCondition:2 HeaderBillingBlockReason:2 "
            "DeliveryBlockReason:2 AssignmentReference:18 AccountingDocExternalReference:16",
        ),
        _of("Edm.DateTime", "change", "CustomerPurchaseOrderDate RequestedDeliveryDate PricingDate SalesOrderDate"),
        _of("Edm.DateTime", "read", "CreationDate LastChangeDate"),
        _of("Edm.DateTimeOffset", "read", "LastChangeDateTime"),
        _of("Edm.Decimal", "read", "TotalNetAmount"),
        _texts(
            "read",
            "OverallDeliveryStatus:1 OverallTotalDeliveryStatus:1 OverallOrdReltdBillgStatus:1 "
            "OverallSDProcessStatus:1 OverallSDDocumentRejectionSts:1 TotalBlockStatus:1 ExternalDocumentID:40 "
            "SenderBusinessSystemName:60",
        ),
    ),
    {
        "to_Item": "A_SalesOrderItem",
        "to_Partner": "A_SalesOrderHeaderPartner",
        "to_PricingElement": "A_SalesOrderHeaderPrElement",
        "to_Text": "A_SalesOrderText",
    },
)
SALES_ORDER_ITEM = EntityType(
    "A_SalesOrderItem",
    ("SalesOrder", "SalesOrderItem"),
    _named(
        _texts("read", "SalesOrder:10# TransactionCurrency:5 SDProcessStatus:1 DeliveryStatus:1"),
        _texts("create", "SalesOrderItem:6# Material:40 RequestedQuantityUnit:3 SalesOrderItemCategory:4"),
        _texts(
            "change",
            "SalesOrderItemText:40 ProductionPlant:4 PurchaseOrderByCustomer:35 SalesDocumentRjcnReason:2",
        ),
        _of("Edm.Decimal", "change", "RequestedQuantity"),
        _of("Edm.Decimal", "read", "NetAmount"),
    ),
    {"to_PricingElement": "A_SalesOrderItemPrElement", "to_Text": "A_SalesOrderItemText"},
)
PARTNER = EntityType(
    "A_SalesOrderHeaderPartner",
    ("SalesOrder", "PartnerFunction"),
    _named(_texts("read", "SalesOrder:10#"), _texts("create", "PartnerFunction:2 Customer:10#")),
)
HEADER_CONDITION = _conditions("A_SalesOrderHeaderPrElement", "SalesOrder")
ITEM_CONDITION = _conditions("A_SalesOrderItemPrElement", "SalesOrder SalesOrderItem")
SALES_ORDER_SERVICE = Service(
    "API_SALES_ORDER_SRV",
    (
        SALES_ORDER,
        SALES_ORDER_ITEM,
        PARTNER,
        HEADER_CONDITION,
        ITEM_CONDITION,
        _long_texts("A_SalesOrderText", "SalesOrder"),
        _long_texts("A_SalesOrderItemText", "SalesOrder SalesOrderItem"),
    ),
)

BILLING_DOCUMENT = EntityType(
    "A_BillingDocument",
    ("BillingDocument",),
    _named(
        _texts(
            "read",
            "BillingDocument:10# SDDocumentCategory:4 BillingDocumentCategory:1 BillingDocumentType:4 "
            "CancelledBillingDocument:10# TransactionCurrency:5 SoldToParty:10# PayerParty:10# CompanyCode:4 "
            "FiscalYear:4 AccountingDocument:10# PurchaseOrderByCustomer:35 DocumentReferenceID:16 "
            "OverallBillingStatus:1 AccountingPostingStatus:1 AccountingTransferStatus:1 BillingIssueType:4",
        ),
        _of("Edm.DateTime", "read", "BillingDocumentDate CreationDate"),
        _of("Edm.Time", "read", "CreationTime"),
        _of("Edm.DateTimeOffset", "read", "LastChangeDateTime"),
        _of("Edm.Boolean", "read", "BillingDocumentIsCancelled"),
        _of("Edm.Decimal", "read", "TotalNetAmount TaxAmount TotalGrossAmount"),
    ),
    {"to_Item": "A_BillingDocumentItem"},
)
BILLING_ITEM = EntityType(
    "A_BillingDocumentItem",
    ("BillingDocument", "BillingDocumentItem"),
    _named(
        _texts(
            "read",
            "BillingDocument:10# BillingDocumentItem:6# Material:40 BillingQuantityUnit:3 TransactionCurrency:5 "
            "SalesDocument:10# SalesDocumentItem:6# SalesSDDocumentCategory:4 ReferenceSDDocument:10# "
            "ReferenceSDDocumentItem:6# ReferenceSDDocumentCategory:4 OriginSDDocument:10#",
        ),
        _of("Edm.Decimal", "read", "BillingQuantity NetAmount TaxAmount GrossAmount"),
    ),
)
BILLING_SERVICE = Service("API_BILLING_DOCUMENT_SRV", (BILLING_DOCUMENT, BILLING_ITEM))
