"""What a program that opens its own sockets is lent: addresses that may be asked now, a part of the rates, and an end.

nmap is such a program. It cannot pass the guard at each packet, so it passes before it starts: scope, hours, the
breaker, the turn at each device and the ledger; our own packets keep to what is left of the rates; and it has to be
ended as soon as the loan is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from scanner.addresses import address_of
from scanner.errors import NoAnswer
from scanner.net.guard import Guard


@dataclass(slots=True)
class Loan:
    """``addresses`` may be asked, at ``rate`` packets a second, all together, and ``host_rate`` for each."""

    guard: Guard
    addresses: tuple[str, ...]
    rate: float = 0.0
    host_rate: float = 0.0
    _back: set[str] = field(default_factory=set)

    @property
    def over(self) -> bool:
        """True when nothing more may be sent: the audit was stopped, or the hours of one of the sites have ended."""
        opening = self.guard.opening
        if self.guard.stopping.is_set():
            return True
        return bool(opening) and not all(opening.is_open(opening.site_of(one)) for one in self.addresses)

    def done(self, address: str) -> None:
        """The program has finished with this address: others may connect to it now."""
        if address not in self._back:
            self._back.add(address)
            self.guard.turns.end_test(address)


@contextmanager
def lend(guard: Guard, addresses: Iterable[str], ports: Sequence[int], program: str, most: float) -> Iterator[Loan]:
    """Lend what may be asked of ``addresses``, at most ``most`` packets a second; each port is in the ledger then.

    Raises ValueError for what is no address: it must not get on a command line.
    """
    canonical = [str(address_of(text)) for text in addresses]
    loan = Loan(guard, tuple(address for address in canonical if _may_be_asked(guard, address, program)))
    try:
        with guard.pacer.lend(loan.addresses, most) as rate:
            loan.rate, loan.host_rate = rate, guard.pacer.pace.host
            for address in loan.addresses:
                for port in ports:
                    guard.ledger.sent(address, port, "tcp", program, "CONNECT")
            yield loan
    finally:
        for address in loan.addresses:
            loan.done(address)


def _may_be_asked(guard: Guard, address: str, program: str) -> bool:
    try:
        guard.hold(address, 0, program, "CONNECT")
    except NoAnswer:
        return False
    return guard.turns.begin_test(address)
