"""The page as a WSGI application: the page itself, its static files, and the form for the token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, render_template, request
from jinja2 import DictLoader
from werkzeug.exceptions import HTTPException

from ...emulator import Emulator
from ..access import Access, cookie_name
from ..minimal_flask import MinimalFlask
from ..requests import ADMIN, RAW_PATH
from ..responses import HTML
from .files import STATIC_FILES, TEMPLATES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would send `Origin: null` with the form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_LONGEST_FORM: Final = 16 * 1024
"""Bytes of the form for the token."""

_WRONG_TOKEN: Final = "This is not the token."  # noqa: S105  (a message)


def page_app(emulator: Emulator) -> WSGIApplication:
    """Return the page of an emulator as a WSGI application of its own."""
    app = MinimalFlask("tiledesk_mock.page")
    app.config.update(
        MAX_CONTENT_LENGTH=_LONGEST_FORM, PROPAGATE_EXCEPTIONS=True, PROVIDE_AUTOMATIC_OPTIONS=False
    )
    app.jinja_loader = DictLoader(TEMPLATES)
    _Page(Access(emulator)).add_to(app)
    return app


class _Page:
    """The views of one emulator's page. Static files, which anybody has, need no token."""

    def __init__(self, access: Access) -> None:
        self._access: Final = access

    def add_to(self, app: MinimalFlask) -> None:
        """Add the views to an application."""
        app.before_request(self._refuse)
        app.after_request(_with_headers)
        app.register_error_handler(HTTPException, _refuse_route)
        app.add_url_rule(f"/{ADMIN}", "page", self._show)
        app.add_url_rule(f"/{ADMIN}/static/<name>", "static", _static_file)
        app.add_url_rule(f"/{ADMIN}/login", "login", self._log_in, methods=["POST"])
        app.add_url_rule(f"/{ADMIN}/logout", "logout", self._log_out, methods=["POST"])

    def _refuse(self) -> Response | None:
        refusal = self._access.page_refusal(request.environ)
        return refusal and _text(*refusal)

    def _show(self) -> Response:
        path: str = request.environ[RAW_PATH]
        if path != f"/{ADMIN}/":  # which the page's relative URLs begin at
            return _redirect("../" * (path.count("/") - 1) + f"{ADMIN}/")
        if self._access.refusal(request.environ):
            return _html("login.html", 401)
        return _html("page.html", has_token=self._access.needs_token(request.environ))

    def _log_in(self) -> Response:
        if not self._access.is_token(request.form.get("token", "").encode("utf-8", "replace")):
            return _html("login.html", 401, error=_WRONG_TOKEN)
        response = _redirect("./")
        self._set_cookie(response, self._access.cookie)
        return response

    def _log_out(self) -> Response:
        response = _redirect("./")
        self._set_cookie(response, "", max_age=0)
        return response

    def _set_cookie(self, response: Response, value: str, max_age: int | None = None) -> None:
        name = cookie_name(request.environ)
        response.set_cookie(name, value, max_age, path=f"/{ADMIN}", httponly=True, samesite="Strict")


def _static_file(name: str) -> Response:
    """Return a static file, or 304 if the browser has it already."""
    file = STATIC_FILES.get(name)
    if file is None:
        return _text(404, f"there is no file {name}")
    response = Response(file.body, content_type=file.content_type)
    response.set_etag(file.etag)
    response.headers["Cache-Control"] = "no-cache"  # another version may run at this address tomorrow
    response.make_conditional(request.environ)
    return response


def _html(template: str, status: int = 200, **values: object) -> Response:
    response = Response(render_template(template, **values), status, content_type=HTML)
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _redirect(location: str) -> Response:
    return Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def _text(status: int, reason: str) -> Response:
    return Response(f"{reason}\n", status, content_type="text/plain; charset=utf-8")


def _refuse_route(error: HTTPException) -> Response:
    response = _text(error.code or 500, f"{request.method} {request.path}: {error.name.lower()}")
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response
