"""`python -m redflower` is the `redflower` command."""

import sys

from redflower.project.cli import main

if __name__ == "__main__":
    sys.exit(main())
