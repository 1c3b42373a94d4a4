"""Places, products and reservations of USMF, and a connection to it."""

from decimal import Decimal
from typing import Any

from pydantic import HttpUrl, SecretStr

from shared.domain.stock import Reservation, StockPlace
from shared.providers.inventory.connection import InventoryConnection

BAG, KETTLE = "BAG-CNV-OLV", "KTL-EN-1L"
SEATTLE = StockPlace(source="Seattle", site="1", location="11")
TACOMA = StockPlace(source="Tacoma", site="1", location="12")
BERLIN = StockPlace(source="Berlin", site="3", location="31")


def connection(base_url: str = "https://inventory.example.com", **changes: Any) -> InventoryConnection:
    settings: dict[str, Any] = {
        "base_url": HttpUrl(base_url),
        "token_url": HttpUrl("https://login.microsoftonline.com/6f1c/oauth2/v2.0/token"),
        "client_id": "5c9e0a37",
        "client_secret": SecretStr("s3cret"),
        "environment_id": "d2b7c6e1",
    }
    return InventoryConnection.model_validate(settings | changes)


def a_reservation(key: str = "r-1", quantity: str = "4", **changes: Any) -> Reservation:
    return Reservation(key=key, company="USMF", product=BAG, place=SEATTLE, quantity=Decimal(quantity)).with_(**changes)


def places(count: int) -> list[StockPlace]:
    return [StockPlace(source=f"source {n}", site=str(n // 10), location=f"w{n}") for n in range(count)]
