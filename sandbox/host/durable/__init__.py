"""Durable orchestrations: replay, storage and management of instances (reference: functions-host.md sections 6-12)."""
