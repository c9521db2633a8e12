"""Print where the app will be found: python tools/address.py HOST PORT"""

import socket
import sys


def network_address() -> str | None:
    """This computer's address in its local network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for documentation (RFC 5737)
        except OSError:
            return None
        return probe.getsockname()[0]


def main(host: str, port: str) -> None:
    if host not in ("0.0.0.0", "::"):
        print(f"cnnviz: http://{host}:{port}")
        return
    print(f"cnnviz on this computer:     http://127.0.0.1:{port}")
    if address := network_address():
        print(f"cnnviz for the room:         http://{address}:{port}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
