"""One message to a real mail server over loopback, and what each of its answers means."""

import socket

import pytest

from integrations import registry
from integrations.base import ChannelDown, Message, ProviderError, ProviderUnavailable, Said
from integrations.email import sender
from tests.integrations import smtp_sink

MESSAGE = Message(
    id="<usher.7.20260105120000@usher.example.com>",
    thread="<usher.R-7K3QF@usher.example.com>",
    to="adam@example.com",
    subject="Jon Reyes asks for Prod for 1 h",
    text="Jon Reyes asks for Prod – now.\n",
    html="<p>Jon Reyes asks for <b>Prod</b>.</p>",
    said=Said(paragraphs=(), facts=(), quote=None, link=("Look", "https://usher.example.com/"), why=""),
)
HUSH = "correct-horse-battery"


@pytest.fixture
def sink(settings):
    with smtp_sink.running() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.DEFAULT_FROM_EMAIL = "Usher <usher@example.com>"
        yield sink


def send(**changes):
    registry.sender("email").send(Message(**{**MESSAGE.__dict__, **changes}))


def failure(kind):
    with pytest.raises(ProviderError) as caught:
        send()
    assert type(caught.value) is kind
    assert caught.value.__context__ is None
    return caught.value.summary


def test_a_message_arrives_as_text_and_html_with_what_mail_programs_need(sink):
    send()
    [letter] = sink.letters
    assert sink.recipients == ["adam@example.com"]
    assert letter["To"] == "adam@example.com"
    assert letter["From"] == "Usher <usher@example.com>"
    assert letter["Subject"] == MESSAGE.subject
    assert letter["Message-ID"] == MESSAGE.id
    assert letter["References"] == letter["In-Reply-To"] == MESSAGE.thread
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_body(("plain",)).get_content().splitlines() == MESSAGE.text.splitlines()
    assert "<b>Prod</b>" in letter.get_body(("html",)).get_content()


def test_a_message_about_no_request_is_in_no_thread(sink):
    send(thread="")
    assert sink.letters[0]["References"] is None
    assert sink.letters[0]["In-Reply-To"] is None


@pytest.mark.parametrize(
    "subject",
    ["Prod\r\nBcc: eve@example.com", "Prod\nBcc: eve@example.com", "Prod\x0bBcc:\x00eve\u2028x", "Prod\rBcc: x"],
)
def test_no_line_can_be_added_to_the_head_through_the_subject(sink, subject):
    send(subject=subject)
    [letter] = sink.letters
    assert letter["Bcc"] is None
    assert letter["Subject"].startswith("Prod Bcc:")
    assert sink.recipients == ["adam@example.com"]


def test_a_subject_may_have_letters_of_any_language(sink):
    send(subject="Zoë bittet um Prod für 1 h – 日本")
    assert sink.letters[0]["Subject"] == "Zoë bittet um Prod für 1 h – 日本"


@pytest.mark.parametrize("to", ["adam@example.com\nBcc: eve@example.com", "adam@example.com\r\n.\r\n"])
def test_an_address_with_a_line_end_is_no_address(sink, to):
    with pytest.raises(ProviderError, match="No mail can be addressed"):
        send(to=to)
    assert sink.letters == []


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ({"RCPT": "550 no such user"}, ProviderError, "refuses this recipient (SMTP 550)"),
        ({"RCPT": "451 come back later"}, ProviderUnavailable, "takes no mail for this person now (SMTP 451)"),
        ({"END": "554 looks like spam"}, ProviderError, "refuses this message (SMTP 554)"),
        ({"END": "452 disk full"}, ProviderUnavailable, "does not take this message now (SMTP 452)"),
        ({"DATA": "451 not now"}, ProviderUnavailable, "does not take this message now (SMTP 451)"),
        ({"MAIL": "550 who are you"}, ChannelDown, "refuses our own address (SMTP 550)"),
        ({"CONNECT": "421 too busy"}, ChannelDown, "has trouble (SMTP 421)"),
        ({"HELO": "554 go away"}, ChannelDown, "has trouble (SMTP 554)"),
        ({"MAIL": smtp_sink.HANG_UP}, ChannelDown, "broke off the connection"),
        ({"END": smtp_sink.HANG_UP}, ChannelDown, "broke off the connection"),
    ],
)
def test_what_passes_is_told_from_what_does_not(sink, answers, kind, words):
    sink.answers = answers
    summary = failure(kind)
    assert words in summary
    assert summary.endswith(".")
    assert not any(said.partition(" ")[2] in summary for said in answers.values())


def test_a_message_that_was_taken_is_sent_even_if_the_goodbye_fails(sink):
    sink.answers = {"QUIT": smtp_sink.HANG_UP}
    send()
    assert len(sink.letters) == 1


def test_a_sign_in_that_is_refused_is_tried_again_and_shows_no_password(sink, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "usher", HUSH
    sink.offers, sink.answers = ("AUTH PLAIN",), {"AUTH": f"535 {HUSH} is wrong"}
    summary = failure(ChannelDown)
    assert "refuses the sign-in (SMTP 535)" in summary
    assert HUSH not in summary


def test_a_server_without_tls_is_given_neither_password_nor_message(sink, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD, settings.EMAIL_USE_TLS = "usher", HUSH, True
    assert "does not offer what EMAIL_URL asks for" in failure(ChannelDown)
    assert sink.letters == []


def test_a_server_that_is_not_there_is_tried_again(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
        assert "could not be reached" in failure(ChannelDown)


def test_a_server_that_says_nothing_is_not_waited_for_long(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        assert "could not be reached" in failure(ChannelDown)


@pytest.mark.parametrize("step", ["CONNECT", "MAIL", "END"])
def test_a_server_that_is_slow_at_every_step_is_cut_off(sink, settings, monkeypatch, step):
    """The limit is for all of it: a server that answers each step just in time would hold a worker."""
    monkeypatch.setattr(sender, "TOTAL_SECONDS", 0.3)
    settings.EMAIL_TIMEOUT = 20
    sink.answers = {step: smtp_sink.SILENCE}
    assert "did not answer in time" in failure(ChannelDown)
    assert len(sink.letters) == (step == "END")


def test_a_message_fits_the_time_of_a_job(settings):
    assert settings.EMAIL_TIMEOUT < sender.TOTAL_SECONDS < settings.TASK_TIMEOUT


def test_a_channel_that_does_not_exist_is_none():
    with pytest.raises(KeyError):
        registry.sender("pigeon")


def test_mail_to_files_keeps_every_message(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    send()
    send()
    kept = "".join(file.read_text() for file in (tmp_path / "mail").iterdir())
    assert kept.count(f"Message-ID: {MESSAGE.id}") == 2


def test_the_text_of_a_message_is_in_no_repr():
    assert "Prod – now" not in repr(MESSAGE)
    assert "<b>" not in repr(MESSAGE)
