"""What every stand-in is made of: an effect log, faults, a callback sender, control routes, and real serving."""

from sandbox.systems.kit.callbacks import Callback, CallbackSender, RetryPolicy
from sandbox.systems.kit.config import config_from_json
from sandbox.systems.kit.control import Refused, read_json_object
from sandbox.systems.kit.effects import EffectLog
from sandbox.systems.kit.faults import Faults
from sandbox.systems.kit.serving import listening, serve, serve_all
from sandbox.systems.kit.stand_in import StandIn

__all__ = [
    "Callback",
    "CallbackSender",
    "EffectLog",
    "Faults",
    "Refused",
    "RetryPolicy",
    "StandIn",
    "config_from_json",
    "listening",
    "read_json_object",
    "serve",
    "serve_all",
]
