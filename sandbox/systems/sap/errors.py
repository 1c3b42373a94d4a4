"""How an OData V2 service refuses (reference: sap.md section 2): a code, and a message that is an object."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

METADATA_NAMESPACE = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_COMPONENTS = {"API_SALES_ORDER_SRV": "SD-SLS", "API_BILLING_DOCUMENT_SRV": "SD-BIL"}


class ODataError(Exception):
    """A call refused with `status`; `code` is message class and number, `target` the property at fault."""

    def __init__(
        self, message: str, *, status: int = 400, code: str = "/IWBEP/CM_MGW_RT/022", target: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.target = target

    def to_json(self, service: str) -> dict[str, Any]:
        detail = {"code": self.code, "message": self.message, "propertyref": "", "severity": "error"}
        component = {"component_id": _COMPONENTS.get(service, "OPU-GW"), "service_namespace": "/SAP/"}
        inner = {
            "application": {**component, "service_id": service, "service_version": "0001"},
            "transactionid": uuid4().hex.upper(),
            "timestamp": datetime.now(UTC).strftime("%Y%m%d%H%M%S.%f0"),
            "Error_Resolution": {"SAP_Transaction": "", "SAP_Note": "See SAP Note 1797736 for error analysis"},
            "errordetails": [{**detail, "transition": False, "target": self.target}],
        }
        message = {"lang": "en", "value": self.message}
        return {"error": {"code": self.code, "message": message, "innererror": inner}}

    def to_xml(self) -> bytes:
        ElementTree.register_namespace("", METADATA_NAMESPACE)
        root = ElementTree.Element(f"{{{METADATA_NAMESPACE}}}error")
        ElementTree.SubElement(root, f"{{{METADATA_NAMESPACE}}}code").text = self.code
        message = ElementTree.SubElement(root, f"{{{METADATA_NAMESPACE}}}message")
        message.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        message.text = self.message
        return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def not_found(segment: str) -> ODataError:
    """404 for an address that names nothing of the service."""
    return ODataError(
        f"Resource not found for the segment '{segment}'.", status=404, code="005056A509B11EE1B9A8FEC11C21D78E"
    )


def no_such_document(name: str, number: str) -> ODataError:
    """404 for a key nobody has."""
    return ODataError(f"{name} {number} does not exist.", status=404, code="/IWBEP/CM_MGW_RT/020")
