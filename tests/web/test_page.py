"""The page at `/__admin/` over HTTP: its headers, its files, and who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import requests

from tiledesk_mock import TiledeskMock

TOKEN = "open sesame"


@pytest.fixture
def page(tiledesk_mock: TiledeskMock) -> str:
    """Return the URL of the page."""
    return f"{tiledesk_mock.url.removesuffix('/v3')}/__admin/"


@pytest.fixture
def public_page() -> Iterator[str]:
    """Return the URL of the page of an emulator that listens to other machines."""
    with TiledeskMock(host="0.0.0.0", admin_token=TOKEN) as mock:
        yield f"{mock.url.removesuffix('/v3').replace('0.0.0.0', '127.0.0.1')}/__admin/"


def get(url: str, **headers: str) -> requests.Response:
    """Return the response to a GET, without following a redirect."""
    return requests.get(url, headers=headers, timeout=10, allow_redirects=False)


def test_page_allows_only_its_own_scripts_and_styles(page: str) -> None:
    """The page is HTML that is not kept, and its policy names no inline code and no other origin."""
    response = get(page)

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["__admin", "v3/__admin", "v3/__admin/", "API/__admin"])
def test_page_without_slash_or_with_prefix_redirects(page: str, path: str) -> None:
    """The page's relative URLs work below `/__admin/` only."""
    response = get(urljoin(page, f"/{path}"))

    assert response.status_code == 303
    assert urljoin(response.url, response.headers["Location"]) == page


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("app.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_static_file_has_its_type_and_is_not_sent_twice(page: str, name: str, content_type: str) -> None:
    """A browser asks again each time, and gets 304 until the file has changed."""
    first = get(f"{page}static/{name}")

    again = get(f"{page}static/{name}", **{"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, first.headers["Content-Type"]) == (200, content_type)
    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nope.js", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd", "", "a/b.js", "app.js/"]
)
def test_other_static_file_is_404(page: str, name: str) -> None:
    """Only the page's own files are served, whatever the path; no slash is ignored but a last one."""
    address = requests.Request("GET", page).prepare()
    address.url = f"{page}static/{name}"

    with requests.Session() as session:
        status = session.send(address, timeout=10).status_code

    assert status == (200 if name == "app.js/" else 404)


def test_head_has_no_body(page: str) -> None:
    """HEAD responds as GET does, without the body."""
    for url in (page, f"{page}static/app.js"):
        response = requests.head(url, timeout=10)

        assert (response.status_code, response.content) == (200, b"")
        assert int(response.headers["Content-Length"]) > 100


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
@pytest.mark.parametrize("path", ["", "static/app.js"])
def test_page_is_refused_to_pages_from_elsewhere(page: str, path: str, headers: dict[str, str]) -> None:
    """The rules are those of the control API."""
    assert get(page + path, **headers).status_code == 403


def test_page_works_beside_the_setting_origin() -> None:
    """That setting is for the pages that use the API: this page uses the control API only."""
    with TiledeskMock(origin="http://localhost:3000") as mock:
        root = mock.url.removesuffix("/v3")

        response = requests.post(f"{root}/__admin/reset", headers={"Origin": root}, timeout=10)

        assert (response.status_code, get(f"{root}/__admin/").status_code) == (200, 200)


def test_page_without_token_is_a_form(public_page: str) -> None:
    """The files that the form needs are there."""
    response = get(public_page)

    assert response.status_code == 401
    assert '<form method="post" action="login"' in response.text
    assert get(f"{public_page}static/style.css").status_code == 200


def test_wrong_token_is_refused_with_one_line(public_page: str) -> None:
    """The form comes again, and no cookie."""
    response = requests.post(f"{public_page}login", data={"token": "<b>wrong</b>"}, timeout=10)

    assert response.status_code == 401
    assert "This is not the token." in response.text
    assert not response.cookies


def test_cookie_is_taken_for_the_token(public_page: str) -> None:
    """It opens the page and the control API, is hidden from scripts, and does not contain the token."""
    with requests.Session() as browser:
        logged_in = browser.post(f"{public_page}login", data={"token": TOKEN}, timeout=10)
        cookie = logged_in.history[0].headers["Set-Cookie"]
        statuses = [
            browser.get(public_page + path, timeout=10).status_code for path in ("", "state", "clock")
        ]

    assert "HttpOnly; Path=/__admin; SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert "Log out" in logged_in.text
    assert statuses == [200, 200, 200]


def test_logout_forgets_the_cookie(public_page: str) -> None:
    """The form comes again."""
    with requests.Session() as browser:
        browser.post(f"{public_page}login", data={"token": TOKEN}, timeout=10)

        response = browser.post(f"{public_page}logout", timeout=10)

    assert (response.status_code, browser.cookies.get_dict()) == (401, {})


def test_cookie_of_another_emulator_is_refused(public_page: str) -> None:
    """Neither the right cookie with another port in its name, nor another value, opens anything."""
    with requests.Session() as browser:
        browser.post(f"{public_page}login", data={"token": TOKEN}, timeout=10)
        [(name, value)] = browser.cookies.items()

    for cookie in (f"tiledesk-mock-1={value}", f"{name}={TOKEN}", f"{name}=", f"{name}=ü", "=;;="):
        assert get(f"{public_page}state", Cookie=cookie.encode().decode("latin-1")).status_code == 401
    assert get(f"{public_page}state", Cookie=f"{name}=\xff").status_code == 401  # no UTF-8
    assert get(f"{public_page}state", Cookie=f'other="; {name}={value}').status_code == 200


def test_cookie_does_not_help_a_page_from_elsewhere(public_page: str) -> None:
    """A page of another port on this machine is of the same site, so browsers send it the cookie."""
    with requests.Session() as browser:
        browser.post(f"{public_page}login", data={"token": TOKEN}, timeout=10)

        response = browser.post(
            f"{public_page}reset", headers={"Origin": "http://127.0.0.1:3000"}, timeout=10
        )

    assert response.status_code == 403
