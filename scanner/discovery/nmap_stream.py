"""One run of nmap, read while it goes on: each host arrives when nmap has finished with its group.

The XML is read in pieces and python-nmap gets one ``<host>`` at a time: of 20,000 hosts the first is there after 10 ms
and all of them take 25 MiB, where python-nmap's own ``scan`` gives all at the end and takes 314 (tried, 0.7.1).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from typing import IO, Any, cast
from xml.etree import ElementTree

import nmap

ENDING_SECONDS = 2.0
"""What nmap has for ending in order before it is killed."""
LOOK_SECONDS = 0.1
_PIECE = 65_536
_MOST_WORDS = 300
_FRAME = (
    '<nmaprun args="">{}<runstats><finished timestr="" elapsed=""/><hosts up="" down="" total=""/></runstats></nmaprun>'
)


_REASONS = {"host-unreaches": "host-unreach", "net-unreaches": "net-unreach", "admin-prohibiteds": "admin-prohibited"}
"""nmap writes the reasons of several ports together in the plural."""


class NmapFailed(Exception):
    """nmap ended before its work was done; one sentence."""


def find_nmap() -> Any | None:
    """python-nmap's scanner; None when there is no nmap program that runs."""
    try:
        return nmap.PortScanner()
    except (nmap.PortScannerError, OSError, ValueError):
        return None


def hosts(scanner: Any, words: Sequence[str], is_over: Callable[[], bool]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Run nmap with these options; (address, entry as in python-nmap's ``scan``) of each host, as they come. Blocking.

    nmap is ended when ``is_over()`` says so, which is asked ten times a second, and when nobody wants more hosts; the
    hosts that it had not finished do not come then. Raises NmapFailed when it ends by itself before that.
    """
    command = [scanner._nmap_path, "-oX", "-", *words]
    with tempfile.TemporaryFile() as errors, _running(command, errors) as process, _ended_with(process, is_over):
        pipe = cast(BufferedReader, process.stdout)
        parser: Any = ElementTree.XMLPullParser(("start", "end"))
        root: Any = None
        whole = False
        while piece := pipe.read1(_PIECE):
            try:
                parser.feed(piece)
                for event, element in parser.read_events():
                    root = element if root is None else root
                    if event == "end" and element.tag == "host":
                        yield from _host(scanner, element)
                        root.clear()  # or the hosts that were read would stay
                    whole = whole or (event == "end" and element.tag == "nmaprun")
            except ElementTree.ParseError as problem:
                raise NmapFailed(f"nmap gave no XML: {problem}") from None
        code = process.wait()
        if not is_over() and (code != 0 or not whole):
            errors.seek(0)
            said = " ".join(errors.read(4 * _MOST_WORDS).decode("utf-8", "replace").split())[:_MOST_WORDS]
            raise NmapFailed(f"nmap ended with {code}" + (f": {said}" if said else ""))


def _host(scanner: Any, element: ElementTree.Element) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        answer = scanner.analyse_nmap_xml_scan(_FRAME.format(ElementTree.tostring(element, encoding="unicode")))
    except (nmap.PortScannerError, AttributeError, TypeError, ValueError, KeyError) as problem:
        raise NmapFailed(f"python-nmap could not read a host: {type(problem).__name__}") from None
    for address, entry in answer["scan"].items():
        listed = entry.setdefault("tcp", {})
        for port, said in _unlisted(element).items():
            listed.setdefault(port, said)
        yield address, entry


def _unlisted(element: ElementTree.Element) -> dict[int, dict[str, str]]:
    """The ports that nmap puts together as "not shown" because many are alike; python-nmap leaves them out."""
    found: dict[int, dict[str, str]] = {}
    for extra in element.iterfind("ports/extraports"):
        for reasons in extra.iterfind("extrareasons"):
            for part in filter(None, reasons.get("ports", "").split(",")):
                first, _, last = part.partition("-")
                said = {"state": extra.get("state", ""), "reason": _REASONS.get(reasons.get("reason", ""), "")}
                found |= dict.fromkeys(range(int(first), int(last or first) + 1), said)
    return found


@contextmanager
def _running(command: Sequence[str], errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """nmap in a session of its own: Ctrl-C is for us, and we end it in order."""
    windows = sys.platform == "win32"
    new_process_group = 0x200
    own: dict[str, Any] = {"creationflags": new_process_group} if windows else {"start_new_session": True}
    try:
        process = subprocess.Popen(  # noqa: S603  # options of ours, and addresses that were parsed
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, **own
        )
    except OSError as problem:
        raise NmapFailed(f"nmap could not be started: {problem.strerror}") from None
    try:
        yield process
    finally:
        _end(process)
        cast(BufferedReader, process.stdout).close()


@contextmanager
def _ended_with(process: subprocess.Popen[bytes], is_over: Callable[[], bool]) -> Iterator[None]:
    """Somebody who looks whether nmap has to end while we wait for its next words."""
    left = threading.Event()

    def look() -> None:
        while not left.wait(LOOK_SECONDS):
            if is_over():
                _end(process)
                return

    watch = threading.Thread(target=look, name="nmap", daemon=True)
    watch.start()
    try:
        yield
    finally:
        left.set()
        watch.join()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
