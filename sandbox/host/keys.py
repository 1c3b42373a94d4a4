"""Access keys, enforced only on request, as with `func start --enableAuth` (reference: functions-host.md section 4)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.host.settings import read_json_object


@dataclass(frozen=True)
class Keys:
    """The keys of an app; `function_keys` by function name, each kind by key name."""

    master: str
    host_keys: Mapping[str, str] = field(default_factory=dict)
    function_keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    system_keys: Mapping[str, str] = field(default_factory=dict)

    def allow_function(self, function: str, auth_level: str, presented: str | None) -> bool:
        if auth_level == "ANONYMOUS":
            return True
        own = self.function_keys.get(function, {}).values() if auth_level == "FUNCTION" else ()
        shared = self.host_keys.values() if auth_level == "FUNCTION" else ()
        return _is_one_of(presented, (self.master, *shared, *own))

    def allow_admin(self, presented: str | None) -> bool:
        return _is_one_of(presented, (self.master,))

    def allow_durable(self, presented: str | None) -> bool:
        return _is_one_of(presented, (self.master, *self.system_keys.values()))

    @property
    def durable_key(self) -> str:
        """The system key that management URLs carry."""
        return self.system_keys.get("durabletask", self.master)


def read_keys(path: Path) -> Keys:
    """Reads `{"masterKey", "hostKeys": {name: key}, "functionKeys": {function: {name: key}}, "systemKeys"}`."""
    document = read_json_object(path)
    return Keys(
        master=document["masterKey"],
        host_keys=document.get("hostKeys", {}),
        function_keys=document.get("functionKeys", {}),
        system_keys=document.get("systemKeys", {}),
    )


def _is_one_of(presented: str | None, keys: tuple[str, ...]) -> bool:
    return presented is not None and any(hmac.compare_digest(presented.encode(), key.encode()) for key in keys)
