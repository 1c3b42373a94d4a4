"""The operator's configuration, loaded from YAML files and checked as a whole."""

from shared.configuration.fulfillment import Fulfillment, SourceSetup, StrategySetup, UnknownStrategy
from shared.configuration.loading import ConfigurationError, load_configuration
from shared.configuration.model import AmbiguousFlow, Configuration, Flow, NotConfigured, StateTransitions

__all__ = [
    "AmbiguousFlow",
    "Configuration",
    "ConfigurationError",
    "Flow",
    "Fulfillment",
    "NotConfigured",
    "SourceSetup",
    "StateTransitions",
    "StrategySetup",
    "UnknownStrategy",
    "load_configuration",
]
