"""First contact: who is there, asked without a login and without harm.

A protocol is spoken only on a port that is known or was shown to speak it, one exchange at a time. A thing that shows
itself to be no camera gets no question beyond its front page. Everything is a read; nothing here can send a login.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from scanner.fingerprint.first_contact.makers_pages import ask_maker_pages
from scanner.fingerprint.first_contact.notes import FirstContact, Notes, start
from scanner.fingerprint.first_contact.onvif_calls import read_onvif
from scanner.fingerprint.first_contact.pages import (
    HTTP_PORTS,
    HTTPS_PORTS,
    WebDoors,
    read_clear_pages,
    read_description,
    read_favicon,
    read_tls_doors,
)
from scanner.fingerprint.first_contact.silent_ports import CONTROL_PORTS, TERMINALS, listen, read_unknown_ports
from scanner.fingerprint.first_contact.streams import RTSP_PORTS, read_streams
from scanner.model import Endpoint, Observation

if TYPE_CHECKING:
    from scanner.net import Link

__all__ = ["FirstContact", "observe"]

KNOWN_PORTS = frozenset({*HTTP_PORTS, *HTTPS_PORTS, *RTSP_PORTS, *CONTROL_PORTS, *TERMINALS})


def observe(link: Link, endpoints: Iterable[Endpoint], observations: Iterable[Observation] = ()) -> FirstContact:
    """Everything one device shows without a login. Blocking; one connection at a time.

    ``endpoints`` are its open doors, ``observations`` what discovery heard from it; endpoints of other addresses are
    left out. No device behaviour raises: a part that failed is a Gap with its reason.
    """
    notes = start(link, endpoints, observations)
    web = WebDoors()
    read_description(notes)
    # The stream of a known camera comes first: the pages then share one connection with all that is asked after them.
    streams = (lambda: read_streams(notes),)
    pages = (lambda: read_clear_pages(notes, web), lambda: read_tls_doors(notes, web))
    steps: tuple[Callable[[], None], ...] = (
        *((*streams, *pages) if notes.looks_like_a_camera else (*pages, *streams)),
        lambda: _ask_suspect(notes, web),
        lambda: read_onvif(notes, web.best),
        lambda: listen(notes),
        lambda: read_unknown_ports(notes, KNOWN_PORTS),
    )
    for step in steps:
        if notes.left_alone or (notes.is_decoy and (web.clear_pages or web.tls_pages)):
            break
        step()
    return notes.result()


def _ask_suspect(notes: Notes, web: WebDoors) -> None:
    if web.best is None or not notes.looks_like_a_camera:
        return
    port, tls = web.best
    ask_maker_pages(notes, port, tls=tls)
    if notes.identity.grade != "C3" and not notes.left_alone:
        read_favicon(notes, port, tls=tls)
