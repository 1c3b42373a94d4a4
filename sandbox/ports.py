"""Free ports on loopback for servers that must come back under the same number."""

import random
import socket

# Below every system's range for outgoing connections, so no client borrows the number while the server restarts.
_FIRST, _LAST = 20000, 32000


def free_port(preferred: int | None = None) -> int:
    """`preferred` if nobody listens there, else a random free one."""
    if preferred is not None and is_free(preferred):
        return preferred
    return next(port for port in iter(lambda: random.randint(_FIRST, _LAST), None) if is_free(port))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
