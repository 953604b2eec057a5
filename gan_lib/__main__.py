"""`python -m gan_lib`: see `gan_lib.cli.commands`."""

import sys

from gan_lib.cli.commands import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # a Windows console may not know every character
        stream.reconfigure(errors="replace")
    sys.exit(main())
