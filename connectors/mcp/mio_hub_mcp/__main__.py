import sys

from mio_hub_mcp.command import main

if __name__ == "__main__":
    sys.exit(main())
