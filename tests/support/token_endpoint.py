"""An endpoint of OAuth 2.0 that grants client credentials: real HTTP, and tokens that a broker can judge by its key (JWKS)."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUDIENCE = "a broker"


class TokenEndpoint:
    """Grants tokens to one client by its secret, for the scope `stream` alone; `jwks` is what judges them."""

    def __init__(self, client: str, secret: str) -> None:
        self._basic = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
        self._client = client
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "kid": "1", "alg": "RS256", "use": "sig", "n": _number(numbers.n), "e": _number(numbers.e)}
        self.jwks = json.dumps({"keys": [key]})
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator["TokenEndpoint"]:
        """Serve on a port of its own."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                status, answer = endpoint.answered(self.headers["Authorization"], asked)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/token"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def answered(self, authorization: str | None, asked: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        """Status and body for a request."""
        if authorization != self._basic:
            return 401, {"error": "invalid_client"}
        if asked.get("grant_type") != ["client_credentials"]:
            return 400, {"error": "unsupported_grant_type"}
        if asked.get("scope", ["stream"]) != ["stream"]:
            return 400, {"error": "invalid_scope"}
        return 200, {"access_token": self._token(), "token_type": "Bearer", "expires_in": 300}

    def _token(self) -> str:
        now = int(time.time())
        claims = {"sub": self._client, "iat": now, "exp": now + 300, "aud": AUDIENCE, "scope": "stream"}
        signed = f"{_json({'alg': 'RS256', 'kid': '1', 'typ': 'JWT'})}.{_json(claims)}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64(signature)}"


def _json(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
