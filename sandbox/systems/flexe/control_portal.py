"""What the owner sets up in the portal: webhooks. And what only a stand-in has: switches, and events sent again."""

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.systems.flexe.config import LiveConfig, Webhook
from sandbox.systems.flexe.webhooks import Webhooks
from sandbox.systems.kit import Refused, config_from_json, read_json_object


class _Resend(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    order_id: str
    type: str
    shipment_id: str | None = None
    new_id: bool = False


class ControlPortal:
    def __init__(self, live: LiveConfig, webhooks: Webhooks) -> None:
        self._live = live
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        return [
            Route("/_control/webhooks", self._list, methods=["GET"]),
            Route("/_control/webhooks", self._register, methods=["POST"]),
            Route("/_control/webhooks/{webhook_id}", self._unregister, methods=["DELETE"]),
            Route("/_control/switches", self._switches, methods=["GET", "POST"]),
            Route("/_control/callbacks/resend", self._resend, methods=["POST"]),
        ]

    async def _list(self, _: Request) -> Response:
        return JSONResponse({"webhooks": self._webhooks.registered()})

    async def _register(self, request: Request) -> Response:
        body = await read_json_object(request)
        try:
            webhook = config_from_json(Webhook, body)
        except ValidationError as error:
            raise Refused.for_shape(error) from error
        webhook_id = self._webhooks.register(webhook)
        if webhook_id is None:
            raise Refused(409, f"there is a webhook {webhook.name} already")
        return JSONResponse({"id": webhook_id}, status_code=201)

    async def _unregister(self, request: Request) -> Response:
        webhook_id = request.path_params["webhook_id"]
        if not self._webhooks.unregister(webhook_id):
            raise Refused(404, f"there is no webhook {webhook_id}")
        return Response(status_code=204)

    async def _switches(self, request: Request) -> Response:
        if request.method == "POST":
            self._live.throw(await read_json_object(request))
        return JSONResponse(self._live.switches())

    async def _resend(self, request: Request) -> Response:
        try:
            wish = _Resend.model_validate(await read_json_object(request))
        except ValidationError as error:
            raise Refused.for_shape(error) from error
        if not self._webhooks.resend(wish.order_id, wish.type, wish.shipment_id, as_new=wish.new_id):
            raise Refused(404, f"no such event {wish.type} of order {wish.order_id} has been sent")
        return Response(status_code=202)
