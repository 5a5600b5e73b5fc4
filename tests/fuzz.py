"""Requests made by chance against a real server: how many, what they were answered, and whether memory grows.

``python -m tests.fuzz --requests 100000 [--database sqlite|postgresql]``. They are those of ``lrs_adapter/test_fuzz``.
Ends with 1 after a 5xx, an answer that took longer than ten seconds, a worker that died, or one that holds 32 MB more
at the end than after a fifth of all.
"""

import argparse
import http.client
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.lrs_adapter.test_fuzz import any_request, encode, mangled, mutated
from tests.real_lrs import real_lrs
from tests.tracker.servers import serving

PATIENCE = 10.0
GROWTH = 32_000_000


@dataclass
class Outcome:
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    failed: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    """Bytes that the largest worker holds, after each fifth."""


def run(requests: int, database: str) -> Outcome:
    outcome = Outcome()
    with real_lrs(database) as lrs:
        workers = serving(lrs.port).children()
        send = _Sender(lrs.port, lrs.basic, outcome)
        for _ in range(5):
            _some(send, requests // 5)
            outcome.memory.append(max(worker.memory_info().rss for worker in workers if worker.is_running()))
        outcome.failed += [f"worker {one.pid} died" for one in workers if not one.is_running()]
    return outcome


def _some(send: "_Sender", requests: int) -> None:
    statement = st.tuples(st.just("POST"), st.just("statements"), st.just({}), mutated().map(encode) | mangled(),
                          st.just("application/json"), st.sampled_from(["1.0.3", "2.0.0"]))  # fmt: skip

    @settings(
        max_examples=requests,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(statement | any_request())
    def one(request: tuple[str, str, dict[str, str], bytes, str, str | None]) -> None:
        send(*request)

    one()


class _Sender:
    def __init__(self, port: int, basic: str, outcome: Outcome) -> None:
        self.basic = basic
        self.outcome = outcome
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def __call__(
        self, method: str, path: str, parameters: dict[str, str], body: bytes, content_type: str, version: str | None
    ) -> None:
        headers = {"Authorization": f"Basic {self.basic}", "Content-Type": content_type}
        if version is not None:
            headers["X-Experience-API-Version"] = version
        query = urlencode(parameters, errors="surrogatepass")
        started = time.perf_counter()
        try:
            self.connection.request(method, f"/xapi/{path}?{query}", body, headers)
            answer = self.connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.outcome.failed.append(f"{method} {path}?{query[:200]} {body[:200]!r}: {error!r}")
            return
        self.outcome.slowest = max(self.outcome.slowest, time.perf_counter() - started)
        self.outcome.statuses[answer.status] += 1
        if answer.status >= 500:
            self.outcome.failed.append(f"{method} {path}?{query[:200]} {body[:200]!r}: {answer.status} {said[:200]!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    asked = parser.parse_args()
    found = run(asked.requests, asked.database)
    print(f"{sum(found.statuses.values())} requests ({asked.database}), the slowest {found.slowest * 1000:.0f} ms")
    print("answered", ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items())))
    print("the larger worker, MB after each fifth:", *(f"{size / 1e6:.0f}" for size in found.memory))
    for one in found.failed[:20]:
        print("FAILED", one)
    return bool(found.failed) or found.memory[-1] - found.memory[0] > GROWTH


if __name__ == "__main__":
    raise SystemExit(main())
