"""Which addresses answer, and on which doors."""

from scanner.discovery.flight import Progress
from scanner.discovery.protocols import load_protocols
from scanner.discovery.sighting import Sighting
from scanner.discovery.sweep import sweep, vantage
from scanner.discovery.tcp_sweep import DEFAULT_PORTS

__all__ = ["DEFAULT_PORTS", "Progress", "Sighting", "load_protocols", "sweep", "vantage"]
