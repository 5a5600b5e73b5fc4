"""What a server process does beside its requests, again and again."""

import logging
import threading
from collections.abc import Callable

__all__ = ["repeat"]

log = logging.getLogger(__name__)


def repeat(work: Callable[[], object], *, seconds: float, name: str) -> threading.Thread:
    """Now, and then with so many ``seconds`` between. It ends with the process."""

    def run() -> None:
        pause = threading.Event()
        while True:
            try:
                work()
            except Exception:
                # The database may be away for a moment, or a disk be full; what there is to do is still there after it.
                log.exception("The %s could not be done; tried again later", name)
            pause.wait(seconds)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
