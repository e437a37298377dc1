"""Functions of any kind that run inside of a context."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

Function = Callable[..., Any]
Entered = Callable[[dict[str, Any]], AbstractContextManager[dict[str, Any]]]
"""Makes the context of one call: given the arguments by name, it gives those to call with."""


def around(function: Function, entered: Entered) -> Function:
    """Return a function of the same kind, which enters before and leaves when the other is done."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return _around_async(function, entered)
    if inspect.isgeneratorfunction(function):

        def yielding(*args: Any, **named: Any) -> Generator[Any, Any, Any]:
            with entered(named) as more:
                return (yield from function(*args, **more))

        return yielding

    def called(*args: Any, **named: Any) -> Any:
        with entered(named) as more:
            return function(*args, **more)

    return called


def _around_async(function: Function, entered: Entered) -> Function:
    if inspect.iscoroutinefunction(function):

        async def awaited(*args: Any, **named: Any) -> Any:
            with entered(named) as more:
                return await function(*args, **more)

        return awaited

    async def yielding(*args: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        with entered(named) as more:
            generator = function(*args, **more)
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
