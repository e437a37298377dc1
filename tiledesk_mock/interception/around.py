"""Functions of any kind that run inside of a context."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

Function = Callable[..., Any]
Call = tuple[tuple[Any, ...], dict[str, Any]]
"""The arguments of a call, by place and by name."""

Entered = Callable[[tuple[Any, ...], dict[str, Any]], AbstractContextManager[Call]]
"""Makes the context of a call: given its arguments, it gives those to call with."""


def around(function: Function, entered: Entered) -> Function:
    """Return a function of the same kind, which enters before and leaves when the other is done."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return _around_async(function, entered)
    if inspect.isgeneratorfunction(function):

        def yielding(*args: Any, **named: Any) -> Generator[Any, Any, Any]:
            with entered(args, named) as (given, more):
                return (yield from function(*given, **more))

        return yielding

    def called(*args: Any, **named: Any) -> Any:
        with entered(args, named) as (given, more):
            return function(*given, **more)

    return called


def _around_async(function: Function, entered: Entered) -> Function:
    if inspect.iscoroutinefunction(function):

        async def awaited(*args: Any, **named: Any) -> Any:
            with entered(args, named) as (given, more):
                return await function(*given, **more)

        return awaited

    async def yielding(*args: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        with entered(args, named) as (given, more):
            generator = function(*given, **more)
            step = generator.asend(None)
            while True:
                try:
                    one = await step
                except StopAsyncIteration:
                    return
                try:
                    step = generator.asend((yield one))
                except GeneratorExit:
                    await generator.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001  (it is the other's to handle)
                    step = generator.athrow(error)

    return yielding
