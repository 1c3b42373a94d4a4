"""The faults that orders meet under load: at the stand-ins, at a stated rate, as the dice of a seed fall."""

from collections import Counter
from typing import Any
from zlib import crc32

from sandbox.bench.outside import Outside

SYSTEMS = ("bigcommerce", "finops", "flexe", "sap", "inventory")
TIMEOUT_SECONDS = 10  # of the app's calls
_UNLIMITED = 1_000_000
# name: (share of all calls, what happens)
ON_CALLS: dict[str, tuple[float, dict[str, Any]]] = {
    "429": (0.005, {"status": 429, "headers": {"Retry-After": "1", "X-Rate-Limit-Time-Reset-Ms": "900"}}),
    "503": (0.005, {"status": 503}),
    "drop-before": (0.005, {"drop": "before"}),
    "drop-after": (0.005, {"drop": "after"}),
    "timeout-after": (0.001, {"answer_after_seconds": TIMEOUT_SECONDS + 2}),
}
# name: (share of all callbacks, what happens)
ON_CALLBACKS: dict[str, tuple[float, dict[str, Any]]] = {
    "lose": (0.02, {"lose": 1}),
    "duplicate": (0.02, {"duplicate": 2}),
    "delay": (0.02, {"delay_seconds": 3}),
    "reorder": (0.02, {"reorder": 2}),
}


async def arm(outside: Outside, seed: int) -> None:
    for system in SYSTEMS:
        for name, (chance, fault) in ON_CALLS.items():
            wish = {"call": "* **", "fault": fault, **_dice(seed, system, name, chance)}
            await outside.post(system, "faults", wish)
        for name, (chance, fault) in ON_CALLBACKS.items():
            await outside.post(system, "faults", {"callbacks": fault, **_dice(seed, system, name, chance)})


async def disarm(outside: Outside) -> Counter[str]:
    """How often each has struck. Of callbacks that are held until another comes, each is counted."""
    struck: Counter[str] = Counter()
    for system in SYSTEMS:
        armed = (await outside.get(system, "faults"))["faults"]
        for name, fault in zip([*ON_CALLS, *ON_CALLBACKS], armed, strict=True):
            uses = _UNLIMITED * fault.get("callbacks", {}).get("reorder", 1)
            struck[name] += uses - fault["left"]
        await outside.delete(system, "faults")
    return struck


def _dice(seed: int, system: str, name: str, chance: float) -> dict[str, Any]:
    """Each fault of each system has dice of its own."""
    return {"times": _UNLIMITED, "chance": chance, "seed": crc32(f"{seed} {system} {name}".encode())}
