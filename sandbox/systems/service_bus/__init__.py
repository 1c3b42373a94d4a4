"""Service Bus: an AMQP 1.0 broker with the queues of one namespace, as the real client sees them."""

from sandbox.systems.service_bus.app import create_app
from sandbox.systems.service_bus.config import Config, QueueConfig

__all__ = ["Config", "QueueConfig", "create_app"]
