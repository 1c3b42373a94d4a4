"""Webhooks V3: create, list, read, change, delete, and the account's overview."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.bigcommerce.api_errors import ApiError
from sandbox.systems.bigcommerce.api_input import Page, json_object, path_id
from sandbox.systems.bigcommerce.config import Config
from sandbox.systems.bigcommerce.hooks import Hook, Hooks
from sandbox.systems.bigcommerce.v3_lists import v3_list
from sandbox.systems.kit import EffectLog


class HooksApi:
    def __init__(self, config: Config, hooks: Hooks, effects: EffectLog) -> None:
        self._config = config
        self._hooks = hooks
        self._effects = effects

    def routes(self) -> list[Route]:
        return [
            Route("/hooks", self._list, methods=["GET"]),
            Route("/hooks", self._create, methods=["POST"]),
            Route("/hooks/admin", self._overview, methods=["GET"]),
            Route("/hooks/admin", self._set_emails, methods=["PUT"]),
            Route("/hooks/{hook_id}", self._read, methods=["GET"]),
            Route("/hooks/{hook_id}", self._change, methods=["PUT"]),
            Route("/hooks/{hook_id}", self._delete, methods=["DELETE"]),
        ]

    async def _list(self, request: Request) -> Response:
        query = request.query_params
        rows = [row for row in map(self._shown, self._hooks.of(self._account(request))) if _passes(row, dict(query))]
        return JSONResponse(v3_list(rows, Page.of(query)))

    async def _create(self, request: Request) -> Response:
        hook = self._hooks.create(self._account(request), await json_object(request))
        return self._recorded("hook_created", hook)

    async def _read(self, request: Request) -> Response:
        return JSONResponse({"data": self._shown(self._hooks.get(*self._named(request))), "meta": {}})

    async def _change(self, request: Request) -> Response:
        hook = self._hooks.change(*self._named(request), await json_object(request))
        return self._recorded("hook_updated", hook)

    async def _delete(self, request: Request) -> Response:
        hook = self._hooks.delete(*self._named(request))
        return self._recorded("hook_deleted", hook)

    async def _overview(self, request: Request) -> Response:
        shown = [{**self._shown(hook), "status": hook.status} for hook in self._hooks.of(self._account(request))]
        return JSONResponse({"data": {"emails": self._hooks.emails, "hooks_list": shown, "blocked_domains": []}})

    async def _set_emails(self, request: Request) -> Response:
        emails = (await json_object(request)).get("emails")
        if not isinstance(emails, list) or not all(isinstance(email, str) for email in emails):
            raise ApiError(422, "JSON data is missing or invalid", {"emails": "must be a list of strings"})
        self._hooks.emails = emails
        return Response(status_code=204)

    def _account(self, request: Request) -> str:
        """Whose token it is; the gateway lets no other pass."""
        return self._config.account(request.headers.get("x-auth-token")) or self._config.client_id

    def _named(self, request: Request) -> tuple[str, int]:
        return self._account(request), path_id(request, "hook_id")

    def _recorded(self, kind: str, hook: Hook) -> Response:
        self._effects.record(kind, hook_id=hook.id, scope=hook.scope, destination=hook.destination)
        return JSONResponse({"data": self._shown(hook), "meta": {}})

    def _shown(self, hook: Hook) -> dict[str, Any]:
        return {
            "id": hook.id,
            "client_id": hook.client_id,
            "store_hash": self._config.store_hash,
            "scope": hook.scope,
            "destination": hook.destination,
            "headers": hook.headers,
            "is_active": hook.is_active,
            "created_at": hook.created_at,
            "updated_at": hook.updated_at,
        }


def _passes(row: dict[str, Any], query: dict[str, str]) -> bool:
    wanted_active = query.get("is_active")
    return (
        query.get("scope") in (None, row["scope"])
        and query.get("destination") in (None, row["destination"])
        and (wanted_active is None or row["is_active"] == (wanted_active.lower() in ("1", "true")))
    )
