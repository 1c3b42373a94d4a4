"""The tables of the application and what is asked of a table.

Every call is made so that it may be sent twice: a connection that breaks before the answer has come is opened again and
the call repeated, a second copy of an insert meets the first one's row.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.core.rest import HttpRequest
from azure.data.tables import TableClient, TableEntity, TableServiceClient, UpdateMode

from shared.domain.errors import TransientProviderError
from shared.storage_account import credential
from shared.store.transaction import Operation, Row, encode, refusal, replace

# The SDK repeats POST and PATCH only when told to: it cannot know that ours may come twice.
_REPEATABLE = frozenset({"GET", "PUT", "POST", "PATCH", "DELETE"})
# Three repeats within two seconds: a caller waits behind this, and whoever is not waiting has a queue that redelivers.
_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.25, "retry_backoff_max": 2}
# In the order of the fields of `Tables`.
_NAMES = (
    "Orders",
    "OrderIndex",
    "Errors",
    "Checkpoints",
    "Plans",
    "HeldLines",
    "OptimizationQueue",
    "DeadLetters",
    "Configuration",
    "JobRuns",
)


class RowsChanged(Exception):
    """A transaction met a row that is there already, gone, or no longer as it was read; nothing was written."""


class Table:
    """One table. Raises TransientProviderError when the storage account is out of reach, throttled or failing."""

    def __init__(self, client: TableClient) -> None:
        self._client = client

    def get(self, partition: str, row: str) -> TableEntity | None:
        try:
            with _outages_are_transient():
                return self._client.get_entity(partition, row)
        except ResourceNotFoundError:
            return None

    def rows(self, query: str, parameters: dict[str, str], page: int | None = None) -> Iterator[TableEntity]:
        """The rows that fit `query`, by key. Values go in as `parameters` (@name, between spaces), never as text."""
        with _outages_are_transient():
            yield from self._client.query_entities(query, parameters=parameters, results_per_page=page)

    def insert(self, row: Row) -> bool:
        """False when it is there already."""
        try:
            with _outages_are_transient():
                self._client.create_entity(row, retry_on_methods=_REPEATABLE)
        except ResourceExistsError:
            return False
        return True

    def put(self, row: Row) -> None:
        with _outages_are_transient():
            self._client.upsert_entity(row, mode=UpdateMode.REPLACE)

    def replace(self, row: Row, etag: str) -> str | None:
        """The ETag it has now; None when it was no longer what it was at `etag`, perhaps by this very call's copy."""
        try:
            with _outages_are_transient():
                written = self._client.update_entity(
                    row,
                    mode=UpdateMode.REPLACE,
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                    retry_on_methods=_REPEATABLE,
                )
        except (ResourceModifiedError, ResourceNotFoundError):
            return None
        return str(written["etag"])

    def merge(self, row: Row) -> bool:
        """Set the given properties of a row that exists; False when it does not."""
        try:
            with _outages_are_transient():
                self._client.update_entity(row, mode=UpdateMode.MERGE, retry_on_methods=_REPEATABLE)
        except ResourceNotFoundError:
            return False
        return True

    def put_over(self, row: Row, etag: str | None) -> bool:
        """Put the row where it is still what it was at `etag` (None: not there); else False, and nothing is written."""
        if etag is None:
            return self.insert(row)
        try:
            self.transact([replace(row, etag)])
        except RowsChanged:
            return False
        return True

    def remove(self, partition: str, row: str, etag: str = "*") -> bool:
        """False when it is not there, or no longer what it was at `etag`."""
        try:
            self.transact([Operation("DELETE", {"PartitionKey": partition, "RowKey": row}, etag)])
        except RowsChanged:
            return False
        return True

    def transact(self, operations: Sequence[Operation]) -> None:
        """All of them or none. Raises RowsChanged or RowsTooLarge."""
        content_type, body = encode(f"{self._client.url}/{self._client.table_name}", operations)
        headers = {"Content-Type": content_type, "x-ms-version": self._client.api_version, "DataServiceVersion": "3.0"}
        request = HttpRequest("POST", f"{self._client.url}/$batch", headers=headers, content=body)
        with _outages_are_transient():
            # The SDK signs, sends and repeats any request, but offers no public way to hand it one.
            response = self._client._client.send_request(request, stream=True, retry_on_methods=_REPEATABLE)
            answer = response.read()
            if response.status_code != 202:
                raise HttpResponseError(answer.decode("utf-8", "replace"), response=response)
        _raise_refusal(answer)


def _raise_refusal(answer: bytes) -> None:
    status = refusal(answer)
    if status is None:
        return
    said = answer.decode("utf-8", "replace").partition("\r\n\r\n{")[2]
    if status in {404, 409, 412}:
        raise RowsChanged(said)
    if _is_outage(status):
        raise TransientProviderError(f"table storage answered {status}: {said}")
    raise HttpResponseError(f"table storage refused a transaction with {status}: {said}")


@dataclass(frozen=True)
class Tables:
    """The tables of this application, over one pool of connections."""

    service: TableServiceClient
    orders: Table
    index: Table
    errors: Table
    checkpoints: Table
    plans: Table
    held_lines: Table
    optimization_queue: Table
    dead_letters: Table
    configuration: Table
    job_runs: Table

    def close(self) -> None:
        self.service.close()


def open_tables(connection: str, transport: HttpTransport | None = None, client_id: str | None = None) -> Tables:
    """The tables of a storage account, created when missing: for the start of the application, once per process.

    `connection` is a connection string, or the https URL of the account's table service, to be used with the managed
    identity `client_id` of the app, by default its own one (a developer's login on a laptop). Safe to use from many
    threads.
    """
    options = {"transport": transport or pooled_transport(), **_RETRIES}
    if connection.lower().startswith("https://"):
        service = TableServiceClient(connection, credential=credential(client_id), **options)
    else:
        service = TableServiceClient.from_connection_string(connection, **options)
    with _outages_are_transient():
        there = {table.name for table in service.list_tables()}
        for name in (name for name in _NAMES if name not in there):
            service.create_table_if_not_exists(name)
    return Tables(service, *(Table(service.get_table_client(name)) for name in _NAMES))


def pooled_transport(connections: int = 64) -> RequestsTransport:
    """Keeps up to `connections` connections to a host, so that as many threads need not open one for each call.

    The environment's proxies and netrc are not looked at: that alone costs a tenth of a call's processor time.
    """
    transport = RequestsTransport(connection_timeout=5, read_timeout=30, use_env_settings=False)
    transport.open()
    for scheme in ("https://", "http://"):
        transport.session.get_adapter(scheme).init_poolmanager(connections=4, maxsize=connections)
    return transport


@contextmanager
def _outages_are_transient() -> Iterator[None]:
    try:
        yield
    except (ServiceRequestError, ServiceResponseError) as error:
        raise TransientProviderError(f"table storage does not answer: {error}") from error
    except HttpResponseError as error:
        if _is_outage(error.status_code):
            raise TransientProviderError(f"table storage is failing: {error}") from error
        raise


def _is_outage(status: int | None) -> bool:
    """None stands for an answer cut short."""
    return status is None or status in {408, 429} or status >= 500
