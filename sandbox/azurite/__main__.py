"""`python -m sandbox.azurite`: installs Azurite, and says nothing when it is there already."""

import sys

from sandbox.azurite.installation import InstallFailed, install
from sandbox.node import NodeMissing


def main() -> int:
    try:
        install()
    except (InstallFailed, NodeMissing) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
