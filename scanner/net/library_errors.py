"""What requests, urllib3 and sockets raise for a device's behaviour, as the words of our silences."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator

import requests
import urllib3

from scanner.errors import NoAnswer
from scanner.net import tcp
from scanner.net.limits import clean_text

LIBRARY_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
    LookupError,
)
"""What requests and urllib3 raise for replies: ValueError and KeyError leak from a bad Location or header."""


def wrapped(problem: BaseException) -> Iterator[BaseException]:
    """An exception and those it wraps, outermost first: requests and urllib3 wrap by args, cause and context."""
    seen: set[int] = set()
    waiting: list[object] = [problem]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def silence_of(problem: BaseException, allowance: tcp.Allowance) -> NoAnswer:
    """The word for what a library ran into."""
    chain = list(wrapped(problem))
    known = next((one for one in chain if isinstance(one, NoAnswer)), None)
    if known is not None:
        return known

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in chain)

    detail = clean_text(f"{type(chain[-1]).__name__}: {chain[-1]}")[:160]
    if has(TimeoutError, urllib3.exceptions.ReadTimeoutError):
        return NoAnswer("too-slow" if allowance.received else "silent", f"after {allowance.received} bytes")
    if has(ssl.SSLError):
        return NoAnswer("tls-failed", detail)
    if has(http.client.RemoteDisconnected, ConnectionError):
        return NoAnswer("closed-early", f"after {allowance.received} bytes")
    if has(http.client.LineTooLong) or "got more than" in str(problem):
        return NoAnswer("too-large", detail)
    broken = next((one for one in chain if isinstance(one, OSError) and one.errno is not None), None)
    if isinstance(broken, OSError):
        return tcp.translated(broken, detail)
    return NoAnswer("malformed", detail)
