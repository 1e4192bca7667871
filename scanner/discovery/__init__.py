"""Which addresses answer, and on which doors."""

from scanner.discovery.asked import AskedAddresses
from scanner.discovery.flight import Progress
from scanner.discovery.local import vantage
from scanner.discovery.ports import DEFAULT_PORTS
from scanner.discovery.protocols import all_protocols, finders, load_protocols
from scanner.discovery.sighting import Sighting
from scanner.discovery.sweep import Quiet, sweep

__all__ = [
    "DEFAULT_PORTS", "AskedAddresses", "Progress", "Quiet", "Sighting", "all_protocols", "finders", "load_protocols",
    "sweep", "vantage",
]  # fmt: skip
