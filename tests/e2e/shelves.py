"""The stock that fulfillment optimization finds: what lies in the warehouses of USMF."""

from collections import Counter

from sandbox.demo.world import Inventory
from tests.e2e.people import Faulty

BAG, KETTLE = "BAG-CNV-OLV", "KTL-EN-1L"
SEATTLE, RENO, COLUMBUS = "24", "25", "26"
OPTIMIZATION_CHANNEL = 3  # of the store: its orders are sourced line by line


class Shelves(Faulty, Inventory):
    """What lies in the warehouses of USMF, and what is kept of it."""

    def hold(self, warehouse: str, bags: int = 0, kettles: int = 0) -> None:
        self.count("USMF", "2", warehouse, {BAG: bags, KETTLE: kettles})

    def kept(self) -> dict[tuple[str, str], int]:
        """Units by warehouse and product."""
        kept: Counter[tuple[str, str]] = Counter()
        for effect in self.effects():
            place = {name.lower(): value for name, value in effect["dimensions"].items()}["locationid"]
            units = int(effect["quantity"])
            kept[place, effect["product"]] += units if effect["kind"] == "reserved" else -units
        return dict(+kept)

    def are_empty(self) -> None:
        self.mended()
        self._http.post("/_control/reset").raise_for_status()
