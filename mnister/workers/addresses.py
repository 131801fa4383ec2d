"""Addresses of workers: free ones of this machine, and whether somebody answers at one."""

import contextlib
import socket
from collections.abc import Sequence


def free_addresses(count: int) -> tuple[str, ...]:
    """Return addresses of this machine on which nobody listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)


def are_listening(addresses: Sequence[str], seconds: float = 2.0) -> list[bool]:
    """Tell of each `host:port` whether something answers there."""

    def answers(address: str) -> bool:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=seconds).close()
        except OSError:
            return False
        return True

    return [answers(address) for address in addresses]
