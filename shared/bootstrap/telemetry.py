"""Where telemetry goes, decided once, at the start: to Application Insights, to an OpenTelemetry collector, or nowhere.

Without a destination nothing is set up: spans and metrics are calls that do nothing. The SDK and its exporters are slow
to import, so they are imported only with a destination.
"""

import logging
import os

from shared.settings import HostSettings, Settings, SettingsError
from shared.telemetry import log_fields


def set_up_telemetry(settings: Settings, host: HostSettings) -> None:
    """To be called once. Raises SettingsError."""
    log_fields.install()
    insights, collector = host.applicationinsights_connection_string, host.otel_exporter_otlp_endpoint
    if not insights and not collector:
        return
    from shared.bootstrap import exporting  # noqa: PLC0415 - slow, see above

    destinations = []
    if insights:
        destinations.append(exporting.application_insights(insights.get_secret_value()))
    if collector:
        try:
            destinations.append(exporting.collector())
        except ModuleNotFoundError as missing:
            why = f"setting OTEL_EXPORTER_OTLP_ENDPOINT needs the package {exporting.COLLECTOR_PACKAGE}: {missing}"
            raise SettingsError(why) from missing
    for name in log_fields.OURS:  # exported from INFO on, whatever the host has the root logger do
        logging.getLogger(name).setLevel(logging.INFO)
    exporting.export_to(destinations, os.environ.get("WEBSITE_SITE_NAME", "orders"), settings.trace_sampling_ratio)
