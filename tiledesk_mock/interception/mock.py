"""`mock_tiledesk`: a Tiledesk without a socket, as a decorator and as a context manager."""

from __future__ import annotations

import inspect
import unittest
from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial, wraps
from importlib.util import find_spec
from typing import Any, Final, TypeVar, overload

from ..errors import SettingsError
from ..server import Timeouts
from ..testing import TiledeskMock
from .application import call_application
from .hosts import API_HOST, Hosts, InterceptionScope

Function = TypeVar("Function", bound=Callable[..., Any])

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
"""The positional and the keyword arguments of a call."""

EnterCall = Callable[[tuple[Any, ...], dict[str, Any]], AbstractContextManager[Arguments]]
"""Returns the context of a call. Entering it gives the arguments to call with."""

_ARGUMENT: Final = "tiledesk_mock"


@contextmanager
def intercepted(handle: TiledeskMock, hosts: Hosts) -> Iterator[TiledeskMock]:
    """Let the emulator of `handle` respond to requests and httpx for `hosts`; give a handle at their URL."""
    # Imported here, since either library takes its time to import, and httpx may not be installed.
    from .requests import intercepted_requests

    with ExitStack() as stack:
        scope = stack.enter_context(InterceptionScope(hosts))
        timeouts = Timeouts.from_keep_alive(handle.settings.keep_alive_timeout)
        respond = partial(call_application, handle.app, timeouts)
        stack.enter_context(intercepted_requests(respond, scope))
        if find_spec("httpx"):
            from .httpx import intercepted_httpx

            stack.enter_context(intercepted_httpx(respond, scope))
        yield handle.with_origin(f"https://{hosts.intercepted[0]}")


class MockTiledesk:
    """Returned by `mock_tiledesk`: a context manager and a decorator. Each use has an emulator of its own."""

    def __init__(self, hosts: Hosts, settings: dict[str, Any]) -> None:
        self._hosts: Final = hosts
        self._settings: Final = settings
        self._entered: Final[list[ExitStack]] = []

    def __enter__(self) -> TiledeskMock:
        with ExitStack() as stack:
            handle = TiledeskMock(**self._settings)
            stack.callback(handle.stop)
            handle = stack.enter_context(intercepted(handle, self._hosts))
            self._entered.append(stack.pop_all())
        return handle

    def __exit__(self, *_: object) -> None:
        self._entered.pop().close()

    def __call__(self, function: Function) -> Function:
        """Return the function with requests intercepted while it runs; of a class, decorate its tests.

        The parameter `tiledesk_mock`, if there is one, gets the handle.
        """
        if isinstance(function, type):
            return self._decorate_tests(function)  # type: ignore[no-any-return]  # the class itself
        index = _index_of_handle(function)

        @contextmanager
        def enter_call(args: tuple[Any, ...], keywords: dict[str, Any]) -> Iterator[Arguments]:
            with MockTiledesk(self._hosts, self._settings) as handle:
                if index is None:
                    yield args, keywords
                elif index < len(args):  # positional arguments after the handle move on by one
                    yield (*args[:index], handle, *args[index:]), keywords
                else:
                    yield args, {**keywords, _ARGUMENT: handle}

        wrapper = wraps(function)(_wrap(function, enter_call))
        # Without the parameter that gets the handle: pytest would look for a fixture of that name.
        signature = inspect.signature(function)
        others = [parameter for name, parameter in signature.parameters.items() if name != _ARGUMENT]
        wrapper.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return wrapper  # type: ignore[return-value]

    def _decorate_tests(self, cls: Any) -> Any:
        """Decorate the methods of a class whose names begin with `test`; each has an emulator of its own.

        Inherited methods are decorated in this class only. The tests of a TestCase are decorated together
        with their set-up, and have the handle as `self.tiledesk_mock`.
        """
        if issubclass(cls, unittest.TestCase):
            cls.run = self._decorate_run(cls.run)
            return cls
        for name in [name for name in dir(cls) if name.startswith("test")]:
            method = inspect.getattr_static(cls, name)
            if inspect.isfunction(method):
                setattr(cls, name, self(method))
            elif isinstance(method, (staticmethod, classmethod)):
                setattr(cls, name, type(method)(self(method.__func__)))
        return cls

    def _decorate_run(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        def run_intercepted(test: Any, result: Any = None) -> Any:
            with MockTiledesk(self._hosts, self._settings) as handle:
                test.tiledesk_mock = handle
                name = test._testMethodName  # noqa: SLF001  (there is no public name)
                method = getattr(test, name)
                if _index_of_handle(method) is not None:
                    setattr(test, name, partial(method, **{_ARGUMENT: handle}))
                return run(test, result)

        return run_intercepted


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
    """Respond to requests to Tiledesk before they are sent.

    A decorator, with or without parentheses, and a context manager that gives the handle.

    Args:
        function: what to decorate, if it is used without parentheses. Its parameter `tiledesk_mock`, if it
            has one, gets the handle.
        hosts: whose requests are intercepted; the first is the host of the handle's `url`.
        passthrough: whether requests to other hosts are sent, or the hosts whose requests are. Others fail.
        **settings: of the emulator, as for TiledeskMock.

    Raises a SetupError if a host is malformed, and when it is entered, if a setting or the seed is invalid.
    """
    for name in {"host", "port"} & settings.keys():
        expected = "a setting of an emulator without a socket; `hosts` are the names to intercept"
        raise SettingsError(name, settings[name], expected)
    mock = MockTiledesk(Hosts.parse(hosts, passthrough), settings)
    return mock if function is None else mock(function)


def _index_of_handle(function: Callable[..., Any]) -> int | None:
    """Return the index of the parameter that gets the handle; None without such a parameter."""
    names = list(inspect.signature(function).parameters)
    return names.index(_ARGUMENT) if _ARGUMENT in names else None


def _wrap(function: Callable[..., Any], enter_call: EnterCall) -> Callable[..., Any]:
    """Return a function of the same kind (generator, coroutine, ...) whose calls run in a context."""
    if inspect.iscoroutinefunction(function):

        async def call_async(*args: Any, **keywords: Any) -> Any:
            with enter_call(args, keywords) as (new_args, new_keywords):
                return await function(*new_args, **new_keywords)

        return call_async
    if inspect.isasyncgenfunction(function):
        return _wrap_async_generator(function, enter_call)
    if inspect.isgeneratorfunction(function):

        def generate(*args: Any, **keywords: Any) -> Generator[Any, Any, Any]:
            with enter_call(args, keywords) as (new_args, new_keywords):
                return (yield from function(*new_args, **new_keywords))

        return generate

    def call(*args: Any, **keywords: Any) -> Any:
        with enter_call(args, keywords) as (new_args, new_keywords):
            return function(*new_args, **new_keywords)

    return call


def _wrap_async_generator(function: Callable[..., Any], enter_call: EnterCall) -> Callable[..., Any]:
    """Return an asynchronous generator that passes values, exceptions and its end on to the other."""

    async def generate(*args: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
        with enter_call(args, keywords) as (new_args, new_keywords):
            generator = function(*new_args, **new_keywords)
            step = generator.asend(None)
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                try:
                    step = generator.asend((yield value))
                except GeneratorExit:
                    await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001  (the other generator handles it)
                    step = generator.athrow(error)

    return generate
