"""What a server process does beside its requests, again and again."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

__all__ = ["repeat"]

log = logging.getLogger(__name__)


def repeat(work: Callable[[], object], *, seconds: float, name: str) -> threading.Thread:
    """Now, and then with so many ``seconds`` between. It ends with the process."""

    def run() -> None:
        pause = threading.Event()
        while True:
            try:
                work()
            except SQLAlchemyError:
                # The database may be away for a moment; what there is to do is still there when it is back.
                log.exception("The %s could not be done; tried again later", name)
            pause.wait(seconds)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
