"""A client that keeps a number of connections busy: the next request goes out when the answer has come in.

Plain sockets and requests that are put together beforehand, so that the client costs a small and the same part of the
machine whichever server is measured.
"""

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Measured", "keep_busy"]


@dataclass
class Measured:
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return sum(count for status, count in self.statuses.items() if status < 300) / self.seconds


class _Connection:
    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self.port = port
        self.selector = selector
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.socket, selectors.EVENT_READ, self)

    def send(self, request: bytes) -> None:
        self.received, self.wanted, self.started = b"", None, time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status, when the whole answer is here."""
        self.received += self.socket.recv(262_144)
        if self.wanted is None:
            head, end, _ = self.received.partition(b"\r\n\r\n")
            if not end:
                assert self.received, "the server hung up"
                return None
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            self.wanted = len(head) + 4 + (int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
            self.closing = b"connection: close" in lowered
        if len(self.received) < self.wanted:
            return None
        if self.closing:
            self.close()
            self._open()
        return int(self.received[9:12])

    def close(self) -> None:
        self.selector.unregister(self.socket)
        self.socket.close()


def keep_busy(port: int, next_request: Callable[[], bytes], *, connections: int, seconds: float) -> Measured:
    measured = Measured()
    selector = selectors.DefaultSelector()
    busy = [_Connection(port, selector) for _ in range(connections)]
    started = time.perf_counter()
    for one in busy:
        one.send(next_request())
    waiting = len(busy)
    while waiting:
        for key, _ in selector.select():
            one = key.data
            if (status := one.receive()) is None:
                continue
            now = time.perf_counter()
            measured.times.append(now - one.started)
            measured.statuses[status] += 1
            if now - started < seconds:
                one.send(next_request())
            else:
                waiting -= 1
    measured.seconds = time.perf_counter() - started
    for one in busy:
        one.close()
    return measured
