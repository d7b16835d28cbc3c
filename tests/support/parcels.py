"""A tiny work table and an adapter to the test vendor: what every area will look like."""

import http.client
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.errors import OutcomeUnknown, Rejected, Retryable
from domain.work.attempts import Job
from domain.work.effects import Effect, Receipt
from domain.work.kinds import Kind, States
from domain.work.names import Area
from domain.work.rules import Patience

TABLE = """
CREATE TABLE parcels (
    id uuid PRIMARY KEY DEFAULT app_uuid7(), user_id uuid, ref text NOT NULL,
    state text NOT NULL DEFAULT 'pending', due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts int NOT NULL DEFAULT 0, lease_token uuid, lease_expires_at timestamptz,
    last_error text, vendor_id text, void_requested boolean NOT NULL DEFAULT false);
CREATE INDEX ON parcels (due_at) WHERE state = 'pending';
CREATE INDEX ON parcels (due_at) WHERE state = 'unknown';
CREATE INDEX ON parcels (lease_expires_at) WHERE state = 'sending';
ALTER TABLE parcels OWNER TO frontdesk_owner;
ALTER TABLE parcels ENABLE ROW LEVEL SECURITY;
ALTER TABLE parcels FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON parcels TO frontdesk_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON parcels TO frontdesk_system;
"""


@dataclass(frozen=True)
class Parcel:
    ref: str


class Unix(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("vendor", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Courier:
    """The vendor as our port: the three words and nothing else."""

    def __init__(self, path: str, *, timeout: float = 5.0) -> None:
        self._path, self._timeout = path, timeout
        self._local = threading.local()
        self._all: list[Unix] = []

    def send(self, ref: str, key: str) -> Receipt:
        status, said = self._ask("POST", "/parcels", {"ref": ref, "key": key})
        if status == 422:
            raise Rejected("the vendor refused the parcel")
        if status == 503:
            raise Retryable("the vendor is busy")
        return Receipt(said["id"])

    def find(self, ref: str) -> Receipt | None:
        _, said = self._ask("GET", f"/parcels?ref={ref}")
        return Receipt(said["ids"][0]) if said["ids"] else None

    def ledger(self) -> list[str]:
        return [entry["ref"] for entry in self._ask("GET", "/ledger")[1]]

    def behave(self, **wanted: Any) -> None:
        self._ask("POST", "/behave", wanted)

    def close(self) -> None:
        for connection in self._all:
            connection.close()

    def _ask(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        connection = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._local.connection = Unix(self._path, self._timeout)
                self._all.append(connection)
                connection.connect()
        except OSError as error:
            self._local.connection = None
            raise Retryable("the vendor cannot be reached") from error
        try:
            connection.request(method, target, json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._local.connection = None
            raise OutcomeUnknown("the vendor did not say") from error


def _read(row: Mapping[str, Any]) -> Parcel:
    return Parcel(row["ref"])


def parcel_kind(
    *,
    hard_limit: float = 5.0,
    margin: float = 5.0,
    patience: Patience | None = None,
    most_attempts: int = 8,
) -> Kind[Parcel]:
    return Kind(
        name="parcel",
        table="parcels",
        area=Area.MESSAGES,
        read=_read,
        columns=("ref",),
        states=States(working="sending", done="sent", unknown="unknown", void="void"),
        void_when="CASE WHEN w.void_requested THEN 'somebody called it off' END",
        reference="vendor_id",
        most_attempts=most_attempts,
        hard_limit=timedelta(seconds=hard_limit),
        margin=timedelta(seconds=margin),
        patience=patience or Patience(),
    )


def parcel_job(
    courier: Courier, *, is_keyed: bool = False, kind: Kind[Parcel] | None = None
) -> Job[Parcel]:
    def describe(parcel: Parcel) -> Effect:
        return Effect(
            key=f"parcel:{parcel.ref}",
            vendor="courier",
            act=lambda key: courier.send(parcel.ref, key),
            look_up=lambda _key: courier.find(parcel.ref),
            is_keyed=is_keyed,
        )

    return Job(kind=kind or parcel_kind(), describe=describe)


def owe_parcels(connection: Any, count: int, *, prefix: str = "r") -> list[UUID]:
    rows = connection.execute(
        "INSERT INTO parcels (ref) SELECT %s || n FROM generate_series(1, %s) n RETURNING id",
        [prefix, count],
    )
    return [row[0] for row in rows.fetchall()]
