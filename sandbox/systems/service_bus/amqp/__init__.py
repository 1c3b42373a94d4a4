"""The broker on the wire: AMQP 1.0 by Qpid Proton's engine, which does no I/O, on the event loop of the stand-ins."""
