"""Queues: how work is handed on."""
