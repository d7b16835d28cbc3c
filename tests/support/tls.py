"""A certificate authority for an afternoon, and a receiver that speaks TLS."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.sink import accepting


@dataclass
class Secured:
    """A receiver behind TLS: what it was asked for, and what it heard."""

    port: int
    trust: ssl.SSLContext
    names: list[str | None] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)


def certificate_for(folder: Path, name: str) -> Path:
    """Make a certificate that vouches for itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def speaking(certificate: Path) -> ssl.SSLContext:
    """Return how a server speaks that has this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def secured(folder: Path, name: str) -> Iterator[Secured]:
    """Listen on this machine with a certificate for `name`; take whatever comes."""
    certificate = certificate_for(folder, name)
    context = speaking(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Secured(server.getsockname()[1], ssl.create_default_context(cafile=str(certificate)))

        def note(_line: object, asked: str | None, _context: object) -> None:
            made.names.append(asked)

        context.sni_callback = note

        def take(line: socket.socket) -> None:
            with suppress(OSError), context.wrap_socket(line, server_side=True) as safe:
                made.heard.append(safe.recv(65_536))
                safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        with accepting(server, take):
            yield made
