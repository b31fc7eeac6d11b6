"""Secrets from AWS, answered by a server on this machine that speaks as AWS does."""

import json

import pytest
from werkzeug import Request, Response
from werkzeug.serving import make_server

from integrations import secrets
from integrations.secrets import SecretUnavailable
from integrations.secrets import aws as aws_manager

pytest.importorskip("boto3", reason="boto3 is an extra")
BOTH = json.dumps({"username": "bot@example.com", "password": "hunter2-hunter2", "port": 5})


class Aws:
    def __init__(self) -> None:
        self.answers = {"sym/main/bot": {"SecretString": BOTH}, "plain": {"SecretString": "a-plain-value"}}
        self.status = 200
        self.asked: list[str] = []

    def __call__(self, environ, start_response):
        name = json.loads(Request(environ).get_data())["SecretId"]
        self.asked.append(name)
        if self.status != 200:
            return Response("{}", self.status, content_type="application/x-amz-json-1.1")(environ, start_response)
        known = self.answers.get(name)
        body = json.dumps(known or {"__type": "ResourceNotFoundException", "Message": "hunter2-hunter2"})
        return Response(body, 200 if known else 400, content_type="application/x-amz-json-1.1")(environ, start_response)


@pytest.fixture
def aws(monkeypatch):
    import threading

    answers = Aws()
    server = make_server("127.0.0.1", 0, answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://127.0.0.1:{server.server_port}", "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    aws_manager.forget()
    yield answers
    aws_manager.forget()
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.mark.parametrize(
    ("name", "key", "expected"),
    [("sym/main/bot", "password", "hunter2-hunter2"), ("plain", "", "a-plain-value"), ("sym/main/bot", "", BOTH)],
)
def test_a_secret_is_read_whole_or_by_its_key(aws, name, key, expected):
    assert secrets.resolve("aws_secrets_manager", name, keys=[], json_key=key) == expected


def test_it_is_asked_for_once_a_minute(aws, monkeypatch):
    for _time in range(3):
        aws_manager.read("plain", "")
    assert aws.asked == ["plain"]
    monkeypatch.setattr(aws_manager, "KEPT_FOR", 0.0)
    aws_manager.read("plain", "")
    assert aws.asked == ["plain", "plain"]


@pytest.mark.parametrize(
    ("name", "key", "sentence"),
    [
        ("none", "", "AWS did not give the secret none: ResourceNotFoundException."),
        ("sym/main/bot", "passwd", "The AWS secret sym/main/bot is no JSON object with a text under “passwd”."),
        ("sym/main/bot", "port", "The AWS secret sym/main/bot is no JSON object with a text under “port”."),
        ("plain", "password", "The AWS secret plain is no JSON object with a text under “password”."),
    ],
)
def test_what_can_not_be_had_is_named_and_its_value_is_not(aws, name, key, sentence):
    with pytest.raises(SecretUnavailable) as caught:
        aws_manager.read(name, key)
    assert str(caught.value.summary) == sentence
    assert caught.value.__context__ is None or "hunter2" not in repr(caught.value.__context__)


def test_an_aws_in_trouble_is_told(aws):
    aws.status = 503
    with pytest.raises(SecretUnavailable, match="AWS did not give the secret plain"):
        aws_manager.read("plain", "")
    aws.status = 200
    assert aws_manager.read("plain", "").reveal() == "a-plain-value"
