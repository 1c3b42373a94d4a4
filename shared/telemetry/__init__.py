"""What can be seen of the app while it works: traces, metrics, and fields that log records carry.

It speaks to the API of OpenTelemetry only, which does nothing until `bootstrap` has set up where telemetry goes.
"""
