"""An app that answers callbacks and questions, and never takes an order in."""

import json

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="webhooks/{provider}", methods=["POST"])
def take_callback(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=202)


@app.route(route="webhooks/{provider}", methods=["OPTIONS"])
def agree_to_events(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(headers={"WebHook-Allowed-Origin": req.headers["WebHook-Request-Origin"]})


@app.route(route="orders", methods=["GET"])
def list_orders(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps({"orders": []}), mimetype="application/json")
