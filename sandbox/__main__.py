"""`python -m sandbox up|start|demo|bench|cost`: the app and everything around it, on this machine only."""

import sys

from sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
