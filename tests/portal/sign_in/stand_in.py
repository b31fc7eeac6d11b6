"""A provider on this machine that says whatever a test wants it to: OpenID Connect as Google has it, and GitHub's."""

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ACCESS_TOKEN = "an-access-token-that-nobody-may-see"
CLIENT_SECRET = "a-client-secret-that-nobody-may-see"


@dataclass
class StandIn:
    """What it says next; `signed` goes into the token over what is right, `userinfo` is what it says beside it."""

    address: str = ""
    signed: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    github: dict[str, Any] = field(default_factory=dict)  # by path
    asked: list[str] = field(default_factory=list)
    key: Any = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    signs_with: Any = None  # another key than the one that it publishes
    begun: dict[str, dict[str, str]] = field(default_factory=dict)  # what was asked for, by code

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request.path)
        return self.answer(request)(environ, start_response)

    def answer(self, request: Request) -> Response:
        path = request.path
        if path in ("/authorize", "/login/oauth/authorize"):
            code = f"code-{len(self.begun)}-that-nobody-may-see"
            self.begun[code] = request.args.to_dict()
            back = urlencode({"code": code, "state": request.args["state"]})
            return Response(status=302, headers={"Location": f"{request.args['redirect_uri']}?{back}"})
        if path in ("/token", "/login/oauth/access_token"):
            return self.token(request)
        if path == "/.well-known/openid-configuration":
            return json(self.discovery())
        if path == "/jwks":
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return json({"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]})
        if request.headers.get("Authorization") != f"Bearer {ACCESS_TOKEN}":
            return Response(status=401)
        if path == "/userinfo":
            return json(self.userinfo)
        found = self.github.get(path.removeprefix("/api/v3/"))
        return json(found) if found is not None else Response(status=404)

    def token(self, request: Request) -> Response:
        begun = self.begun.pop(request.form["code"], None)
        sent = request.form.get("client_secret") or (request.authorization and request.authorization.password)
        challenge = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if not begun or sent != CLIENT_SECRET or proof != begun["code_challenge"]:
            return Response('{"error": "invalid_grant"}', status=400, content_type="application/json")
        tokens = {"access_token": ACCESS_TOKEN, "token_type": "Bearer"}
        if request.path == "/token":
            tokens["id_token"] = self.id_token(begun)
        return json(tokens)

    def id_token(self, begun: dict[str, str]) -> str:
        now = int(time.time())
        right = {"iss": self.address, "aud": begun["client_id"], "nonce": begun["nonce"], "iat": now, "exp": now + 300}
        claims = {name: value for name, value in {**right, **self.signed}.items() if value is not None}
        return jwt.encode(claims, self.signs_with or self.key, algorithm="RS256", headers={"kid": "1"})

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
        }

    def forget(self) -> None:
        for kept in (self.signed, self.userinfo, self.github, self.asked, self.begun):
            kept.clear()
        self.signs_with = None


def json(answer: Any) -> Response:
    import json as format

    return Response(format.dumps(answer), content_type="application/json")


@contextmanager
def running() -> Iterator[StandIn]:
    stand_in = StandIn()
    server = make_server("127.0.0.1", 0, stand_in, threaded=True)
    stand_in.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()
