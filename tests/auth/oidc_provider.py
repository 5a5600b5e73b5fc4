"""An OpenID Connect provider in a process of its own, which signs with real keys and can be told to misbehave.

``python oidc_provider.py PORT``. It signs in whoever ``POST /behave`` has named, without asking.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

CLIENT, SECRET = "samverkan", "hemligt: 100 % säkert"
PORT = int(sys.argv[1]) if __name__ == "__main__" else 0
ISSUER = f"http://127.0.0.1:{PORT}"


class State:
    def __init__(self) -> None:
        self.key: Any = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.behaviour: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []


state = State()


def _shared(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """HS256 by hand: joserfc itself takes no public key for it."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    signature = hmac.new(key, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        state.asked.append(address.path)
        how = state.behaviour
        if how.get("slow") == address.path:
            self.connection.recv(1)  # nothing more comes: it ends when who asked has given up waiting
            self.close_connection = True
            return
        match address.path:
            case "/.well-known/openid-configuration":
                self._json(
                    {
                        "issuer": ISSUER,
                        "authorization_endpoint": f"{ISSUER}/authorize",
                        "token_endpoint": f"{ISSUER}/token",
                        "userinfo_endpoint": f"{ISSUER}/userinfo",
                        "jwks_uri": f"{ISSUER}/jwks",
                        "end_session_endpoint": f"{ISSUER}/leave",
                        "acr_values_supported": ["LOA2", "LOA3"],
                        **how.get("discovery", {}),
                    }
                )
            case "/jwks":
                self._json({"keys": [state.key.as_dict(private=False), {"kty": "oct", "k": "AAAA", "kid": "no"}]})
            case "/authorize":
                self._authorize(query)
            case "/userinfo":
                assert self.headers["Authorization"] == "Bearer access"
                self._json({"sub": "karin", **how.get("userinfo", {})})
            case "/asked":
                self._json({"asked": state.asked})
            case _:
                self._json({"error": "not here"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        state.asked.append(self.path)
        if self.path == "/behave":
            state.behaviour = json.loads(body)
            state.asked = []
            if state.behaviour.get("new_key"):
                state.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})
            self._json({})
        elif self.path == "/token":
            self._token({name: values[0] for name, values in parse_qs(body).items()})
        else:
            self._json({"error": "not here"}, 404)

    def _authorize(self, query: dict[str, str]) -> None:
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        back = {"state": query["state"]}
        if "error" in state.behaviour:
            back["error"] = state.behaviour["error"]
        else:
            back["code"] = secrets.token_urlsafe(16)
            state.codes[back["code"]] = query
        back |= state.behaviour.get("back", {})
        self.send_response(303)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def _token(self, sent: dict[str, str]) -> None:
        if state.behaviour.get("redirect_token"):
            self.send_response(307)
            self.send_header("Location", state.behaviour["redirect_token"])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        asked = state.codes.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        who = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode()
        name, _, word = who.partition(":")
        if (unquote(name), unquote(word)) != (CLIENT, SECRET):
            self._json({"error": "invalid_client"}, 401)
        elif (
            asked is None
            or challenge.decode().rstrip("=") != asked["code_challenge"]
            or sent["redirect_uri"] != asked["redirect_uri"]
        ):
            self._json({"error": "invalid_grant"}, 400)
        else:
            self._json({"access_token": "access", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": "karin",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "karin@alvbro.example",
            "email_verified": True,
            **state.behaviour.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": state.key.kid}
        match state.behaviour.get("sign"):
            case "none":
                registry = jws.JWSRegistry(algorithms=["none"])
                return jwt.encode({**header, "alg": "none"}, claims, OctKey.import_key("x"), registry=registry)
            case "public key":
                return _shared({**header, "alg": "HS256"}, claims, state.key.as_pem(private=False))
            case "client secret":
                return _shared({**header, "alg": "HS256"}, claims, SECRET.encode())
            case "another key":
                return jwt.encode(header, claims, ECKey.generate_key("P-256"))
            case _:
                return jwt.encode(header, claims, state.key)

    def _json(self, said: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Provider)
    print("ready", flush=True)
    server.serve_forever()
