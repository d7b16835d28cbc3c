"""A tenant names an address: we speak to that very place, if it is public, and to no other."""

import ipaddress
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deliveries.ports import Unacceptable
from domain.errors import OutcomeUnknown, Retryable
from providers.receivers.addresses import is_public
from providers.receivers.post import HttpReceivers
from providers.receivers.targets import Resolver
from tests.support.sink import Sink, rude, sink
from tests.support.tls import secured

PUBLIC = "93.184.215.14"
METADATA = "169.254.169.254"

INSIDE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "0.0.0.0",  # noqa: S104  # nobody binds to it here
    "0",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fd00:ec2::254]",
    METADATA,
    "2852039166",
    "[::ffff:169.254.169.254]",
    "10.0.0.1",
    "100.64.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
]
"""Ways to write this machine, this network and the clouds' metadata."""


@pytest.fixture
def inside() -> Iterator[Sink]:
    with sink() as made:
        yield made


def post(receivers: HttpReceivers, url: str) -> int:
    return receivers.post(url, b'{"n": 1}', {"webhook-id": "1"}).status


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_way_of_writing_it_leads_inside(inside: Sink, host: str, scheme: str) -> None:
    with pytest.raises(Unacceptable):
        post(HttpReceivers(), f"{scheme}://{host}:{inside.port}/")

    assert (inside.visits, inside.octets) == (0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "https://someone@127.0.0.1:{port}/",
        "https://a.example\\@127.0.0.1:{port}/",
        "https://a.example @127.0.0.1:{port}/",
        "https://127.0.0.1:{port}#@a.example/",
        "https://127.0.0.1:{port}\t/",
        "https://127.0.0.1:{port}\r\nHost: a.example/",
        "https:127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}0000000/",
        "https://[127.0.0.1:{port}/",
        "https://" + "a" * 300 + ".example/",
        "https://",
        "",
    ],
)
def test_an_address_that_is_not_plain_is_refused(inside: Sink, url: str) -> None:
    with pytest.raises(Unacceptable):
        post(HttpReceivers(), url.format(port=inside.port))

    assert (inside.visits, inside.octets) == (0, 0)


@pytest.mark.parametrize("port", [22, 25, 80, 6379 - 6000])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(Unacceptable, match="port"):
        post(HttpReceivers(resolve=lambda *_: [PUBLIC]), f"https://a.example:{port}/")


@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:{port}/", f"http://{METADATA}/latest/meta-data/", "/elsewhere"]
)
def test_a_redirect_is_not_followed(inside: Sink, to: str) -> None:
    where = to.format(port=inside.port)
    answer = f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
    with rude(lambda line: line.sendall(answer)) as port:
        receivers = HttpReceivers(allowed=frozenset({("127.0.0.1", port)}))

        assert post(receivers, f"http://127.0.0.1:{port}/") == 302

    assert (inside.visits, inside.octets) == (0, 0)


def test_a_name_that_changes_its_mind_is_asked_once_and_taken_at_its_first_word(
    inside: Sink,
) -> None:
    words = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    dialled: list[str] = []

    def dial(place: str, port: int, seconds: float) -> socket.socket:
        del port, seconds
        dialled.append(place)
        raise ConnectionRefusedError

    receivers = HttpReceivers(resolve=lambda *_: words.pop(0), dial=dial)
    with pytest.raises(Retryable, match="reached"):
        post(receivers, f"https://rebind.example:{inside.port}/")

    assert dialled == [PUBLIC]
    assert len(words) == 2
    assert (inside.visits, inside.octets) == (0, 0)


@pytest.mark.parametrize("found", [[PUBLIC, "127.0.0.1"], ["::1", PUBLIC], []])
def test_one_address_inside_spoils_them_all(found: Sequence[str]) -> None:
    dialled: list[str] = []

    def dial(place: str, port: int, seconds: float) -> socket.socket:
        del port, seconds
        dialled.append(place)
        raise ConnectionRefusedError

    with pytest.raises(Unacceptable, match="public place"):
        post(HttpReceivers(resolve=lambda *_: found, dial=dial), "https://mixed.example/")

    assert dialled == []


@given(st.ip_addresses(v=4))
def test_whatever_is_not_global_is_not_public(address: ipaddress.IPv4Address) -> None:
    packed = int(address)
    carried = [
        ipaddress.IPv6Address(0xFFFF << 32 | packed),
        ipaddress.IPv6Address(packed),
        ipaddress.IPv6Address((0x64FF9B << 96) | packed),
        ipaddress.IPv6Address((0x2002 << 112) | packed << 80),
        ipaddress.IPv6Address((0x20010000 << 96) | packed),
    ]

    assert address.is_global or not is_public(str(address))
    assert not any(is_public(str(one)) for one in carried)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07::1", "2a00:1450::1"])
def test_what_is_public_is_public(address: str) -> None:
    assert is_public(address)


def test_the_name_is_asked_for_and_the_checked_address_is_spoken_to(tmp_path: Path) -> None:
    with secured(tmp_path, "hooks.example") as made:
        receivers = HttpReceivers(
            allowed=frozenset({("hooks.example", made.port)}),
            resolve=lambda *_: ["127.0.0.1"],
            tls=made.trust,
        )

        status = post(receivers, f"https://hooks.example:{made.port}/in?a=b c".replace(" ", "%20"))

    assert status == 200
    assert made.names == ["hooks.example"]
    head, body = made.heard[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /in?a=b%20c HTTP/1.1\r\n")
    assert f"Host: hooks.example:{made.port}".encode() in head
    assert body == b'{"n": 1}'


def test_a_certificate_of_another_name_hears_nothing(tmp_path: Path) -> None:
    with secured(tmp_path, "other.example") as made:
        receivers = HttpReceivers(
            allowed=frozenset({("hooks.example", made.port)}),
            resolve=lambda *_: ["127.0.0.1"],
            tls=made.trust,
        )

        with pytest.raises(Retryable, match="certificate"):
            post(receivers, f"https://hooks.example:{made.port}/")

    assert made.heard == []


def trickle(line: socket.socket) -> None:
    for octet in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100:
        line.sendall(bytes([octet]))
        time.sleep(0.1)


def flood(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000_000):
        line.sendall(f"X-{number}: y\r\n".encode())


@pytest.mark.parametrize(
    "behave",
    [
        trickle,
        flood,
        lambda line: line.sendall(b"HTTP/1.1 200 " + b"x" * 1_000_000),
        lambda line: line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000),
        lambda line: line.sendall(b"SSH-2.0-OpenSSH\r\n"),
        lambda line: line.recv(1),
        lambda line: line.close(),
    ],
    ids=["trickle", "flood", "long line", "continue", "not http", "silent", "closed"],
)
def test_a_rude_receiver_costs_no_more_than_its_time(behave: object) -> None:
    with rude(behave) as port:  # type: ignore[arg-type]
        receivers = HttpReceivers(allowed=frozenset({("127.0.0.1", port)}), total=1.0)
        began = time.monotonic()

        with pytest.raises(OutcomeUnknown):
            post(receivers, f"http://127.0.0.1:{port}/")

    assert time.monotonic() - began < 3


def test_a_body_without_end_is_not_heard() -> None:
    def ramble(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            line.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    with rude(ramble) as port:
        receivers = HttpReceivers(allowed=frozenset({("127.0.0.1", port)}), total=5.0)
        began = time.monotonic()

        assert post(receivers, f"http://127.0.0.1:{port}/") == 200

    assert time.monotonic() - began < 1


def test_proxies_of_the_environment_are_not_asked(
    inside: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    with rude(lambda line: line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        receivers = HttpReceivers(allowed=frozenset({("127.0.0.1", port)}))

        assert post(receivers, f"http://127.0.0.1:{port}/") == 200

    assert inside.visits == 0


def test_a_header_that_would_break_out_is_refused() -> None:
    receivers = HttpReceivers(allowed=frozenset({("127.0.0.1", 1)}))

    with pytest.raises(Unacceptable, match="header"):
        receivers.post("http://127.0.0.1:1/", b"", {"X": "a\r\nHost: b"})


def test_a_name_that_is_never_answered_costs_the_patience_and_no_more() -> None:
    def never(host: str, port: int) -> Sequence[str]:
        del host, port
        time.sleep(1)
        return [PUBLIC]

    resolver = Resolver(never, patience=0.2, at_once=2)
    receivers = HttpReceivers(resolve=resolver)
    began = time.monotonic()

    for _ in range(2):
        with pytest.raises(Unacceptable):
            post(receivers, "https://slow.example/")
    with pytest.raises(Retryable, match="too many names"):
        post(receivers, "https://slow.example/")

    assert time.monotonic() - began < 0.8
    time.sleep(1)  # the threads end
