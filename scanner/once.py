"""What is made once in a process, however many threads ask for it first at the same moment.

``functools.cache`` lets each of them make its own: a hundred readers that begin together would compile every pattern a
hundred times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """The function, run once for each set of positional arguments; an exception is not kept."""
    made: dict[tuple[Any, ...], T] = {}
    making = RLock()

    @wraps(make)
    def ask(*given: Any) -> T:
        try:
            return made[given]
        except KeyError:
            pass
        with making:
            if given not in made:
                made[given] = cast("Callable[..., T]", make)(*given)
            return made[given]

    return cast("Callable[P, T]", ask)
