"""A stand-in server for each outside system: real HTTP on loopback, strict, scriptable under `/_control/`."""
