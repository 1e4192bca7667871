"""The one door to the network: scope, pacing, read-only catalogue, limits, ledger, logins.

Nothing outside this package opens a socket (the virtual fleet in ``scanner.lab`` apart).
"""

from scanner.net.catalogue import Catalogue
from scanner.net.door import Door
from scanner.net.interfaces import Interface
from scanner.net.ledger import Ledger
from scanner.net.lending import Loan
from scanner.net.limits import Limits
from scanner.net.link import Link, Refusals
from scanner.net.multicast import LocalChannel
from scanner.net.opening import Opening
from scanner.net.pacing import PACES, Pace
from scanner.net.replies import Banner, DatagramReply, Reply, RtspReply, SoapFault, SoapReply, TlsFacts
from scanner.net.udp import DatagramChannel

__all__ = [
    "PACES",
    "Banner",
    "Catalogue",
    "DatagramChannel",
    "DatagramReply",
    "Door",
    "Interface",
    "Ledger",
    "Limits",
    "Link",
    "Loan",
    "LocalChannel",
    "Opening",
    "Pace",
    "Refusals",
    "Reply",
    "RtspReply",
    "SoapFault",
    "SoapReply",
    "TlsFacts",
]
