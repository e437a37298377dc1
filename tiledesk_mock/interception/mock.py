"""`mock_tiledesk`: a Tiledesk without a socket, as a decorator and as a context manager."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from importlib.util import find_spec
from typing import Any, Final, TypeVar, overload

from ..errors import SettingsError
from ..testing import TiledeskMock
from .around import Call, around
from .hosts import API_HOST, Hosts, InterceptionScope

Function = TypeVar("Function", bound=Callable[..., Any])

_ARGUMENT: Final = "tiledesk_mock"


class Interception:
    """While it is entered, requests and httpx reach a handle's emulator under the names of `hosts`."""

    def __init__(self, handle: TiledeskMock, hosts: Hosts) -> None:
        self._handle: Final = handle
        self._hosts: Final = hosts
        self._entered: Final = ExitStack()

    def __enter__(self) -> TiledeskMock:
        # Here and not above: either library takes its time to import, and httpx need not be installed.
        from .requests import intercepted_requests

        reach = InterceptionScope(self._hosts)
        reach.begin()
        self._entered.callback(reach.end)
        self._entered.enter_context(intercepted_requests(self._handle.app, reach))
        if find_spec("httpx"):
            from .httpx import intercepted_httpx

            self._entered.enter_context(intercepted_httpx(self._handle.app, reach))
        return self._handle.with_origin(f"https://{self._hosts.intercepted[0]}")

    def __exit__(self, *_: object) -> None:
        self._entered.close()


class MockTiledesk:
    """What `mock_tiledesk` returns: enter it, or decorate with it. Each time is an emulator of its own."""

    def __init__(self, hosts: Hosts, settings: dict[str, Any]) -> None:
        self._hosts: Final = hosts
        self._settings: Final = settings
        self._entered: Final[list[ExitStack]] = []

    def __enter__(self) -> TiledeskMock:
        with ExitStack() as stack:
            handle = TiledeskMock(**self._settings)
            stack.callback(handle.stop)
            intercepting = stack.enter_context(Interception(handle, self._hosts))
            self._entered.append(stack.pop_all())
        return intercepting

    def __exit__(self, *_: object) -> None:
        self._entered.pop().close()

    def __call__(self, function: Function) -> Function:
        """Return the function as one that runs while requests are intercepted; of a class, its tests.

        If it has a parameter `tiledesk_mock`, that is the handle.
        """
        if isinstance(function, type):
            return self._around_tests(function)  # type: ignore[no-any-return]  # the class itself
        place = _place_of_handle(function)

        @contextmanager
        def entered(args: tuple[Any, ...], named: dict[str, Any]) -> Iterator[Call]:
            with MockTiledesk(self._hosts, self._settings) as handle:
                if place is None:
                    yield args, named
                elif place < len(args):  # what is given by its place goes around the handle
                    yield (*args[:place], handle, *args[place:]), named
                else:
                    yield args, {**named, _ARGUMENT: handle}

        wrapper = wraps(function)(around(function, entered))
        return _without_handle(wrapper, function)  # type: ignore[return-value]

    def _around_tests(self, cls: Any) -> Any:
        """Decorate the methods of a class that are tests, by their names; each has an emulator of its own.

        Those that it inherits are its own then: the other class stays as it is. Of a TestCase each test is
        decorated from its set-up on, with the handle as `tiledesk_mock` of the instance.
        """
        if issubclass(cls, unittest.TestCase):
            cls.run = self._around_run(cls.run)
            return cls
        for name in [name for name in dir(cls) if name.startswith("test")]:
            method = inspect.getattr_static(cls, name)
            if inspect.isfunction(method):
                setattr(cls, name, self(method))
            elif isinstance(method, (staticmethod, classmethod)):
                setattr(cls, name, type(method)(self(method.__func__)))
        return cls

    def _around_run(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        def intercepted(test: Any, result: Any = None) -> Any:
            with MockTiledesk(self._hosts, self._settings) as handle:
                test.tiledesk_mock = handle
                name = test._testMethodName  # noqa: SLF001  (which is how unittest knows its test)
                method = getattr(test, name)
                if _place_of_handle(method) is not None:
                    setattr(test, name, partial(method, **{_ARGUMENT: handle}))
                return run(test, result)

        return intercepted


@overload
def mock_tiledesk(function: Function, /) -> Function: ...


@overload
def mock_tiledesk(
    *, hosts: Collection[str] = ..., passthrough: bool | Collection[str] = ..., **settings: Any
) -> MockTiledesk: ...


def mock_tiledesk(
    function: Callable[..., Any] | None = None,
    /,
    *,
    hosts: Collection[str] = (API_HOST,),
    passthrough: bool | Collection[str] = True,
    **settings: Any,
) -> Any:
    """Answer requests to Tiledesk before they leave.

    As a decorator, with or without parentheses, or as a context manager that gives the handle.

    Args:
        function: what to decorate, where it is used without parentheses. A parameter `tiledesk_mock` of it
            gets the handle.
        hosts: whose requests are answered, the first in the handle's `url`.
        passthrough: whether requests to other hosts pass, or which hosts' do; others are refused.
        **settings: of the emulator, as for TiledeskMock.

    Raises a SetupError if hosts are none, and when it is entered, if a setting or the seed cannot be used.
    """
    for name in {"host", "port"} & settings.keys():
        raise SettingsError(
            name, settings[name], "nothing: there is no socket. Names to answer for are `hosts`"
        )
    mock = MockTiledesk(Hosts.parse(hosts, passthrough), settings)
    return mock if function is None else mock(function)


def _place_of_handle(function: Callable[..., Any]) -> int | None:
    """Return which parameter gets the handle, None if none does."""
    names = list(inspect.signature(function).parameters)
    return names.index(_ARGUMENT) if _ARGUMENT in names else None


def _without_handle(wrapper: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Hide the parameter that is filled in: pytest would look for a fixture of that name."""
    signature = inspect.signature(function)
    others = [parameter for name, parameter in signature.parameters.items() if name != _ARGUMENT]
    wrapper.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
    return wrapper
