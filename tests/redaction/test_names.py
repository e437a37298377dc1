"""One table says which names are secret, and which values under them."""

from __future__ import annotations

from typing import Any

import pytest

from tiledesk_mock.redaction.masking import MASK, masked_form, masked_headers, masked_json
from tiledesk_mock.redaction.names import is_secret_name, may_be_secret
from tiledesk_mock.redaction.redactor import Redactor

SECRET = """
password Password PASSWORD user_password userPassword user-password user.password user[password] password2
newPassword newpassword2 password_confirmation passwordConfirmation userpassword passwd user_passwd pwd
userPwd pass userPass user_pass db-pass dbpass passphrase pass_phrase passwort passcode
token tokens token_id accessToken access_token ACCESS_TOKEN ToKen accesstoken refresh-token X-Auth-Token
authToken apitoken OAuthToken oauth2Token token_count token_type
secret secrets clientSecret client_secret CLIENT-SECRET clientsecret secretKey x-hook-secret jwtSecret
JWTSecret api_key apiKey APIKey api-key X-Api-Key XApiKey apikey APIKEY apikeys x_api_key_id
smsotp loginotp wifipass keystorepass cardpin
otp OTP otp_code userOtp otpCode pin PIN pin_code pinCode PINCode user_pin Pin2
session sessions session_id sessionId sessionid SESSIONID JSESSIONID PHPSESSID X-Session sid connect.sid
credential credentials userCredentials credential_id authorization Proxy-Authorization authorization_code
auth x-auth cookie Set-Cookie jwt id_jwt signature X-Hub-Signature-256 private_key accessKey encryptionKey
"""

ORDINARY = """
shipping pinned pins opinion spin pinging compass bypass passenger passport passed passage passive trespass
option options optional laptop adopt secretary secretaries secretion secretly tokenize tokenizer tokenization
obsession possession resident side inside author authority oauth_provider auth_type cookie_policy monkey key
keyboard keys name total id_project attributes order design assign signed consignment email customer status
assessment pineapple credit incredible accredited etag X-Request-Id Host If-None-Match hospital
"""


def test_names_are_secret_in_any_spelling() -> None:
    """A name may be in camel, snake, kebab or lower case, with prefixes and suffixes."""
    assert [name for name in SECRET.split() if not is_secret_name(name)] == []


def test_ordinary_names_are_not_secret() -> None:
    """They contain the letters of a secret name only by chance."""
    assert [name for name in ORDINARY.split() if is_secret_name(name)] == []


@pytest.mark.parametrize("name", ["session_id", "pinCode", "X-Client-Credential", "otp", "user_pwd"])
def test_journal_and_recordings_hide_the_same(name: str) -> None:
    """They hide the same values in headers, forms and JSON."""
    redactor = Redactor()

    assert masked_headers(((name, "x1"),)) == ((name, MASK),)
    assert masked_form(f"{name}=x1") == f"{name}={MASK}"
    assert masked_json({name: 4711}) == {name: MASK}
    assert "REDACTED" in redactor.header(name, "x1")
    assert "REDACTED" in redactor.form(f"{name}=x1")
    assert "REDACTED" in str(redactor.value((name,), 4711))


@pytest.mark.parametrize(
    ("value", "names", "expected"),
    [
        (None, ["token"], False),
        (True, ["has_token"], False),
        ("", ["password"], False),
        ("false", ["Access-Control-Allow-Credentials"], False),
        (4711, ["pin"], True),
        ("4711", ["otp"], True),
        (0, ["pin"], True),
        (3, ["token_count"], False),
        (3, ["tokens"], False),
        ("abc", ["tokens"], True),
        (60, ["session", "expires_in"], False),
        ("2026-01-31T12:00:00.000Z", ["token_expires_at"], False),
        ("30m", ["sessionTimeout"], False),
        ("Bearer", ["token_type"], False),
        ("hunter2", ["token_type"], True),
        ("hunter2", ["password_count"], True),
        ("x" * 100, ["token_count"], True),
    ],
)
def test_value_that_cannot_be_secret_stays(value: Any, names: list[str], expected: bool) -> None:
    """Counts, times and schemes are needed by clients; texts and numbers without a measure are secret."""
    assert may_be_secret(value, *names) is expected


def test_all_leaves_under_a_secret_name_are_hidden() -> None:
    """Objects and lists keep their shape."""
    value = {"session": {"id": "abc", "pages": ["x", 7], "is_new": True, "duration": 30}}

    assert masked_json(value) == {
        "session": {"id": MASK, "pages": [MASK, MASK], "is_new": True, "duration": 30}
    }
