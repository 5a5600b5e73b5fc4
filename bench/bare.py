"""The least that a Flask view can do to store a Statement: parse, insert a row with five indexed columns, commit.

``python -m bench.bare DATABASE PORT`` makes the table and serves, on the server that ``samverkan serve`` uses.
"""

import sys
import threading
from typing import Any
from uuid import UUID

import orjson
import psycopg
from flask import Flask, Response, request

from tracker.commands.server import Server, server_options

__all__ = ["app"]

TABLE = """
CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, verb text NOT NULL, actor text NOT NULL, activity text NOT NULL,
                                 registration uuid NOT NULL, statement text NOT NULL);
CREATE INDEX IF NOT EXISTS bare_verb ON bare (verb);
CREATE INDEX IF NOT EXISTS bare_actor ON bare (actor);
CREATE INDEX IF NOT EXISTS bare_activity ON bare (activity);
CREATE INDEX IF NOT EXISTS bare_registration ON bare (registration);
"""
INSERT = "INSERT INTO bare VALUES (%s, %s, %s, %s, %s, %s)"

app = Flask(__name__)
_local = threading.local()


def _connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(app.config["DATABASE"])
    connection: psycopg.Connection = _local.connection
    return connection


def _row(statement: dict[str, Any], text: str) -> tuple[Any, ...]:
    return (
        UUID(statement["id"]),
        statement["verb"]["id"],
        statement["actor"]["account"]["name"],
        statement["object"]["id"],
        UUID(statement["context"]["registration"]),
        text,
    )


@app.post("/xapi/statements")
def store() -> Response:
    body = request.get_data()
    value = orjson.loads(body)
    connection = _connection()
    if isinstance(value, list):
        rows = [_row(one, orjson.dumps(one).decode()) for one in value]
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, rows)
    else:
        rows = [_row(value, body.decode())]
        connection.execute(INSERT, rows[0])
    connection.commit()
    return Response(orjson.dumps([str(row[0]) for row in rows]), content_type="application/json")


def main() -> None:
    database, port = sys.argv[1:]
    with psycopg.connect(database) as connection:
        connection.execute(TABLE)  # type: ignore[arg-type]  # a constant, but mypy sees a str
    app.config["DATABASE"] = database
    options = server_options("127.0.0.1", int(port), workers=2, threads=8)
    Server(app, options | {"when_ready": lambda _server: print("Stop with Ctrl+C.", flush=True)}).run()


if __name__ == "__main__":
    main()
