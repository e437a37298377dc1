#!/bin/sh
# Guess: a token whose `iat` lies five minutes ahead is accepted by every JWT library: RFC 7519, section 4.1.6, gives
#   `iat` no rule, and has `nbf` for "not before". At most PyJWT, known to be strict, refuses it.
# What happens: PyJWT 2.15.1, joserfc 1.8.0 and Authlib 1.9.10 refuse it; python-jose, jwcrypto and Node's jsonwebtoken
#   and jose accept it.
# Why it matters: a token made on a machine whose clock is ahead, or by a fake server with a frozen clock, is fine for
#   a service in Node and "issued in the future" for one in Python. A leeway must be configured in both.
# Source: run here; RFC 7519 sections 4.1.5 and 4.1.6.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pyjwt==2.15.1 joserfc==1.8.0 authlib==1.9.10 python-jose==3.5.0 jwcrypto==1.6.1
npm install --silent --no-audit --no-fund jsonwebtoken@9.0.3 jose@6.2.18 >npm.log
cat > verify.mjs <<'J'
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
const [, , name, token, secret] = process.argv;
if (name === "jose") await jwtVerify(token, new TextEncoder().encode(secret));
else jsonwebtoken.verify(token, secret, { algorithms: ["HS256"] });
J
cat > verify.py <<'P'
import base64
import subprocess
import time

import jwt as pyjwt
from authlib.jose import jwt as authlib
from joserfc import jwt as joserfc
from joserfc.jwk import OctKey
from jose import jwt as python_jose
from jwcrypto import jwk
from jwcrypto import jwt as jwcrypto

SECRET = "a-secret-of-this-example-with-enough-bytes"


def with_pyjwt(token):
    pyjwt.decode(token, SECRET, algorithms=["HS256"])


def with_joserfc(token):
    joserfc.JWTClaimsRegistry().validate(joserfc.decode(token, OctKey.import_key(SECRET)).claims)


def with_authlib(token):
    authlib.decode(token, SECRET).validate()


def with_python_jose(token):
    python_jose.decode(token, SECRET, algorithms=["HS256"])


def with_jwcrypto(token):
    key = jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode())
    jwcrypto.JWT(jwt=token, key=key)


def with_node(name):
    def run(token):
        subprocess.run(["node", "verify.mjs", name, token, SECRET], check=True, capture_output=True, timeout=20)

    run.__name__ = f"with_{name}"
    return run


python_libraries = (with_pyjwt, with_joserfc, with_authlib, with_python_jose, with_jwcrypto)
for seconds in (-300, 300):
    token = pyjwt.encode({"name": "order.paid", "iat": int(time.time()) + seconds}, SECRET, algorithm="HS256")
    for verify in (*python_libraries, with_node("jsonwebtoken"), with_node("jose")):
        try:
            verify(token)
            seen = "accepted"
        except Exception as error:
            seen = f"refused: {type(error).__name__}"
        print(f"{seconds:+} s: {verify.__name__} {seen}", flush=True)
P
venv/bin/python -W ignore verify.py | tee seen
# Seen: all accept -300 s; +300 s: with_pyjwt refused: ImmatureSignatureError, with_joserfc refused: InvalidClaimError,
#   with_authlib refused: InvalidTokenError, the other four accepted
test "$(grep -c '^-300 s: .* accepted$' seen)" = 7
grep -q "^+300 s: with_pyjwt refused: ImmatureSignatureError$" seen
grep -q "^+300 s: with_joserfc refused: InvalidClaimError$" seen
grep -q "^+300 s: with_authlib refused: InvalidTokenError$" seen
test "$(grep -c '^+300 s: .* accepted$' seen)" = 4
