"""Dependency arrows point inward: what each part may import, as the design says (docs/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# Part -> what it may import of this project. Parts are the longest matching prefix of a module's name.
ARROWS: dict[str, set[str]] = {
    "function_app": {"functions", "shared.bootstrap"},
    "functions": {"functions", "shared", "shared.application", "shared.bootstrap", "shared.configuration",
                  "shared.domain", "shared.flows", "shared.message_transport",
                  "shared.messaging", "shared.providers", "shared.storage_account", "shared.telemetry"},
    "shared.bootstrap": {"shared"},
    "shared.settings": {"shared.message_transport", "shared.providers", "shared.storage_account"},
    "shared.storage_account": set(),
    "shared.message_transport": set(),
    # A command is an entry point, as a trigger is: it may ask the application.
    "shared.webhooks": {"shared.application", "shared.domain", "shared.providers", "shared.settings"},
    # Asks the app's task hub over HTTP, and shares nothing with what runs in it.
    "shared.running_flows": set(),
    "shared.domain": {"shared.domain"},
    "shared.policies": {"shared.policies", "shared.domain"},
    "shared.dual_write": {"shared.dual_write", "shared.domain"},
    "shared.configuration": {"shared.configuration", "shared.domain", "shared.policies", "shared.dual_write",
                             "shared.optimization"},
    "shared.configuration.store_access": {"shared.configuration", "shared.domain", "shared.storage_account",
                                          "shared.store"},
    "shared.configuration.providers": {"shared.domain", "shared.providers.catalog"},
    "shared.configuration.version_commands": {"shared.configuration", "shared.domain", "shared.store"},
    # Another entry point.
    "shared.configuration.what_if_command": {"shared.application", "shared.configuration", "shared.domain",
                                             "shared.store"},
    "shared.flows": {"shared.flows", "shared.domain"},
    "shared.store": {"shared.store", "shared.domain", "shared.storage_account", "shared.telemetry"},
    "shared.messaging": {"shared.messaging", "shared.domain", "shared.message_transport", "shared.storage_account",
                         "shared.telemetry"},
    "shared.providers": {"shared.providers", "shared.domain", "shared.telemetry"},
    "shared.telemetry": {"shared.telemetry", "shared.domain"},
    "shared.optimization": {"shared.optimization", "shared.domain"},
    "shared.application": {"shared.application", "shared.configuration", "shared.domain", "shared.dual_write",
                           "shared.messaging", "shared.optimization", "shared.policies", "shared.providers",
                           "shared.telemetry"},
    "sandbox": {"sandbox"},
    "dev": {"sandbox.file_lock", "sandbox.node"},
}  # fmt: skip

OUTSIDE_SDK = {
    "azure.durable_functions": {"function_app", "functions", "shared.flows"},
    "azure.functions": {"function_app", "functions"},
    "azure.data.tables": {"shared.store"},
    "azure.servicebus": {"shared.messaging"},
    "azure.storage.queue": {"shared.messaging"},
    "requests": {"shared.providers", "shared.running_flows"},
    # The API does nothing by itself; what does is set up in one place. Orchestrators, which are replayed, know neither.
    "opentelemetry": {"shared.telemetry", "shared.bootstrap.exporting"},
    "opentelemetry.sdk": {"shared.bootstrap.exporting"},
    "azure.monitor": {"shared.bootstrap.exporting"},
}


def _modules() -> Iterator[tuple[str, Path]]:
    for folder in ("functions", "shared", "sandbox"):
        for path in (ROOT / folder).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path
    yield "function_app", ROOT / "function_app.py"
    yield "dev", ROOT / "dev.py"


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def _within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def _part(name: str) -> str:
    return max((part for part in ARROWS if _within(name, part)), key=len, default="")


MODULES = dict(_modules())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_module_imports_only_what_its_part_may(name: str):
    own = {i for i in _imports(MODULES[name]) if i.split(".")[0] in {"functions", "shared", "sandbox", "function_app"}}
    allowed = ARROWS.get(_part(name))

    forbidden = {i for i in own if allowed is None or not any(_within(i, part) for part in allowed)}

    assert not forbidden, f"{name} may not import {sorted(forbidden)}"


@pytest.mark.parametrize("sdk", sorted(OUTSIDE_SDK))
def test_each_outside_library_is_spoken_to_from_one_place(sdk: str):
    users = {name for name, path in MODULES.items() if any(_within(i, sdk) for i in _imports(path))}

    strangers = {u for u in users if not u.startswith(("sandbox", "dev"))} - {
        u for u in users for part in OUTSIDE_SDK[sdk] if _within(u, part)
    }

    assert not strangers


def test_no_provider_imports_another():
    folder = ROOT / "shared" / "providers"
    providers = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}

    crossings = [
        (name, imported)
        for name, path in MODULES.items()
        for provider in providers
        if _within(name, f"shared.providers.{provider}")
        for imported in _imports(path)
        for other in providers - {provider}
        if _within(imported, f"shared.providers.{other}")
    ]

    assert len(providers) >= 2
    assert crossings == []
