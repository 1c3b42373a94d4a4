"""The Functions app: settings and configuration are checked, then every function is registered."""

import logging

import azure.durable_functions as df
import azure.functions as func

from functions import (
    bigcommerce_webhook,
    configuration,
    configuration_changes,
    dataverse_changes,
    finops_status_events,
    id_mappings,
    jobs,
    operations,
    operations_actions,
    operations_dead_letters,
    operations_orders,
    orchestrations,
    order_intake,
    policy_assignment,
    provider_actions,
    provider_events,
    providers,
    sync,
)
from shared.bootstrap import check
from shared.bootstrap.telemetry import set_up_telemetry

logging.getLogger("azure").setLevel(logging.WARNING)  # its every call at INFO: slow to write, and nobody reads it
logging.getLogger("urllib3").setLevel(logging.INFO)  # at DEBUG it writes whole addresses, with the signatures in them
settings, host = check()  # a mistake in a setting or in config/ stops the app here, by name
set_up_telemetry(settings, host)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
for module in (
    bigcommerce_webhook,
    dataverse_changes,
    provider_events,
    policy_assignment,
    jobs,
    sync,
    orchestrations,
    operations,
    operations_orders,
    operations_actions,
    operations_dead_letters,
    configuration,
    configuration_changes,
    id_mappings,
    providers,
):
    app.register_functions(module.bp)
for module in (order_intake, finops_status_events, provider_events, provider_actions, dataverse_changes):
    app.register_functions(module.triggers.blueprint(host.transport, settings.redelivery_base_seconds))
