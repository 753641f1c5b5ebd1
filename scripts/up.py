"""`make up`: the web service and one worker, until Ctrl-C."""

from __future__ import annotations

import sys

from scripts.services import ServiceError, Services


def main() -> int:
    """Serves; 1 when a service can't start."""
    print("Starting the web service and one worker ...", flush=True)
    try:
        with Services() as services:
            print(f"\n  OLS Lab: {services.address}\n\nCtrl-C stops.", flush=True)
            services.serve()
    except ServiceError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
