"""`python -m sandbox.host --app DIR --port P --rpc-port Q`."""

from sandbox.host.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
