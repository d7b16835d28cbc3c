"""Letters by SMTP, against a real server."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import OutcomeUnknown, ProviderError, Rejected, Retryable
from domain.messages.ports import Mail
from providers.smtp.mail import Account, SmtpMails
from tests.support.mailroom import PASSWORD, Mailroom, mailroom
from tests.support.stand_ins import free_port
from tests.support.tls import certificate_for, speaking

LETTER = Mail(
    to="canary@example.com",
    subject="Påminnelse: tisdag kl. 14",
    text="Vi ses.\n.\n.. och en punkt till\n",
    html="<p>Vi ses.</p>",
    calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    unsubscribe="https://desk.example/unsubscribe/x",
)
SENDER = "Frontdesk <desk@example.com>"


@pytest.fixture
def room() -> Iterator[Mailroom]:
    with mailroom() as made:
        yield made


@pytest.fixture
def post(room: Mailroom) -> Iterator[SmtpMails]:
    made = SmtpMails(Account(url=room.url, sender=SENDER))
    yield made
    made.close()


def test_a_letter_arrives_whole(room: Mailroom, post: SmtpMails) -> None:
    sent = post.send(LETTER, key="message:1")

    [letter] = room.letters
    assert room.recipients == [LETTER.to]
    assert letter["Message-ID"] == sent.reference
    assert (letter["From"], letter["To"]) == (SENDER, LETTER.to)
    assert letter["Subject"] == LETTER.subject
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"] == f"<{LETTER.unsubscribe}>"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html
    [calendar] = list(letter.iter_attachments())
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "PUBLISH"
    assert calendar.get_payload(decode=True) == (LETTER.calendar or "").encode()


def test_the_same_key_gives_the_same_name(room: Mailroom, post: SmtpMails) -> None:
    names = [post.send(LETTER, key=key).reference for key in ("a", "a", "b")]

    assert names[0] == names[1] != names[2]
    assert len(room.letters) == 3


def test_a_connection_is_kept_and_a_dead_one_is_not_used(room: Mailroom, post: SmtpMails) -> None:
    for _ in range(3):
        post.send(LETTER, key="k")
    assert room.sessions == 1

    room.refuses["mail"] = "hang up"
    with pytest.raises(Retryable):
        post.send(LETTER, key="k")
    room.refuses.clear()
    post.send(LETTER, key="k")
    assert room.sessions == 2
    assert len(room.letters) == 4


@pytest.mark.parametrize(
    ("word", "answer", "meaning"),
    [
        ("mail", "421 too many", Retryable),
        ("mail", "530 log in first", Rejected),
        ("rcpt", "450 come back later", Retryable),
        ("rcpt", "550 no such canary@example.com", Rejected),
        ("rcpt", "hang up", Retryable),
        ("data", "451 in a moment", Retryable),
        ("data", "554 it looks like spam", Rejected),
        ("data", "hang up", OutcomeUnknown),
        ("data", "take it and hang up", OutcomeUnknown),
    ],
)
def test_only_after_the_last_dot_is_it_unknown_what_became_of_a_letter(
    room: Mailroom, post: SmtpMails, word: str, answer: str, meaning: type[ProviderError]
) -> None:
    room.refuses[word] = answer

    with pytest.raises(ProviderError) as told:
        post.send(LETTER, key="k")

    assert type(told.value) is meaning
    assert "canary" not in str(told.value)
    assert getattr(told.value, "is_crowded", False) is answer.startswith("421")


def test_nobody_there_means_that_nothing_left() -> None:
    post = SmtpMails(Account(url=f"smtp://127.0.0.1:{free_port()}", sender=SENDER))

    with pytest.raises(Retryable):
        post.send(LETTER, key="k")


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # on this machine only
def test_a_login_is_used_and_a_wrong_one_waits_for_a_person() -> None:
    with mailroom(login=True) as room:
        right = room.url.replace("://", f"://desk:{PASSWORD.replace(' ', '%20')}@")
        for url in (right, right.replace("open", "shut")):
            post = SmtpMails(Account(url=url, sender=SENDER))
            if url == right:
                post.send(LETTER, key="k")
            else:
                with pytest.raises(Retryable, match="does not take our login"):
                    post.send(LETTER, key="k")
            post.close()
        assert len(room.letters) == 1


def test_a_tenants_own_server_stands_in_public(room: Mailroom) -> None:
    post = SmtpMails(Account(url=room.url, sender=SENDER, only_public=True))

    with pytest.raises(Retryable, match="leads nowhere"):
        post.send(LETTER, key="k")
    assert room.sessions == 0


@pytest.mark.parametrize("to", ["a@b.example>\r\nRCPT TO:<c@d.example", "a b@c.example", "å@b.se"])
def test_an_address_cannot_carry_commands(room: Mailroom, post: SmtpMails, to: str) -> None:
    with pytest.raises(Rejected):
        post.send(replace(LETTER, to=to), key="k")

    assert room.recipients == []


@pytest.mark.parametrize("subject", ["a\r\nBcc: all@example.com", "half \ud83d"])
def test_a_subject_cannot_carry_headers(room: Mailroom, post: SmtpMails, subject: str) -> None:
    with pytest.raises(Rejected):
        post.send(replace(LETTER, subject=subject), key="k")

    assert room.letters == []


@pytest.fixture(params=[False, True], ids=["STARTTLS", "at once"])
def hidden_room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mailroom]:
    certificate = certificate_for(tmp_path, "localhost")
    with mailroom(login=True, tls=speaking(certificate), at_once=request.param) as made:
        made.certificate = certificate
        yield made


def over(room: Mailroom, trusted: Path | None, password: str = PASSWORD) -> SmtpMails:
    """Return an adapter that logs in, and believes this certificate or what all believe."""
    login = f"://desk:{password.replace(' ', '%20')}@"
    account = Account(url=room.url.replace("://", login), sender=SENDER)
    trust = ssl.create_default_context(cafile=str(trusted)) if trusted else None
    return SmtpMails(account, trust=trust)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # where all is hidden at once, it need not
def test_a_letter_and_the_login_go_hidden(hidden_room: Mailroom) -> None:
    post = over(hidden_room, hidden_room.certificate)

    for _ in range(2):
        post.send(LETTER, key="k")
    post.close()

    assert hidden_room.hidden == [True, True]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_nothing_is_said_to_who_cannot_prove_who_he_is(
    hidden_room: Mailroom, tmp_path: Path
) -> None:
    for trusted in (None, certificate_for(tmp_path, "elsewhere.example")):
        post = over(hidden_room, trusted)
        with pytest.raises(Retryable):
            post.send(LETTER, key="k")
        post.close()

    assert (hidden_room.letters, hidden_room.recipients) == ([], [])


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_certificate_for_another_name_proves_nothing(tmp_path: Path) -> None:
    other = certificate_for(tmp_path, "mail.example")
    for at_once in (False, True):
        with mailroom(login=True, tls=speaking(other), at_once=at_once) as room:
            post = over(room, other)
            with pytest.raises(Retryable):
                post.send(LETTER, key="k")
            post.close()
            assert room.letters == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize(
    ("word", "answer", "meaning"),
    [
        ("mail", "451 not now", Retryable),
        ("rcpt", "550 nobody", Rejected),
        ("data", "452 full", Retryable),
        ("data", "552 too large", Rejected),
        ("data", "take it and hang up", OutcomeUnknown),
    ],
)
def test_behind_tls_too_only_after_the_last_dot_it_is_unknown(
    hidden_room: Mailroom, word: str, answer: str, meaning: type[ProviderError]
) -> None:
    hidden_room.refuses[word] = answer
    post = over(hidden_room, hidden_room.certificate)

    with pytest.raises(ProviderError) as told:
        post.send(LETTER, key="k")
    post.close()

    assert type(told.value) is meaning


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_login_behind_tls_waits_for_a_person(hidden_room: Mailroom) -> None:
    post = over(hidden_room, hidden_room.certificate, password="shut")

    with pytest.raises(Retryable, match="does not take our login"):
        post.send(LETTER, key="k")
    post.close()
    assert hidden_room.letters == []
