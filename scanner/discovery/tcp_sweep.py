"""Which TCP doors of an address are open: connect and close, not a byte is sent.

One host is asked one door after the other; workers share the addresses. Most addresses of a range are dark, so an
address that is silent on the first doors (``DARK_PORTS = 4
"""Doors tried at an address that has given no sign: with eight datagrams no more than twelve packets."""

ONE_SYN_SECONDS = 0.9
"""How long a silent address is given: a kernel sends a SYN again after a second, and that would be one packet more."""

OTHER_FILES = 512
"""Open files left for the rest of the program: links, the store, the ledger, evidence."""

_TERMINALS = {23: "service.telnet", 22: "service.ssh", 21: "service.ftp"}


@dataclass(slots=True)
class ConnectPorts:
    """The port engine that connects by itself, through the door."""

    door: Door
    ports: Sequence[int]
    progress: Progress
    workers: int

    async def work(self, station: Station, report: PortsReport) -> None:
        """At most ``workers`` tasks share the station; each reports what it finished, so a slow reader slows the sweep."""

        async def one_address(one: InFlight) -> None:
            states = await self.states(one.address, alive=bool(one.parts), announced=one.announced)
            await report(one, states, "tcp")

        await Crew(taking(station), one_address, room_for_sockets(self.workers)).run()

    async def states(self, address: str, *, alive: bool, announced: Iterable[int] = ()) -> dict[int, PortState]:
        """The state of each door asked; the doors the device itself ``announced`` come first.

        Ends early where the door lets nothing out: out of scope, left alone, or the audit was stopped.
        """
        states: dict[int, PortState] = {}
        for number, port in enumerate(dict.fromkeys((*announced, *self.ports))):
            if number >= DARK_PORTS and not alive:
                break
            try:
                states[port] = await self.door.connect_test(address, port, seconds=self._seconds(alive))
            except NoAnswer:
                break
            self.progress.connections += 1
            alive = alive or states[port] in ("open", "refused")
        return states

    def _seconds(self, alive: bool) -> float | None:
        return None if alive else min(ONE_SYN_SECONDS, self.door.limits.connect_test_seconds)


def room_for_sockets(wanted: int) -> int:
    """How many sockets may wait at a time: ``wanted``, or what the system's limit of open files leaves room for."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if soft < needed:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed if hard == resource.RLIM_INFINITY else min(needed, hard), hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, min(wanted, soft - OTHER_FILES))


def open_endpoints(address: str, states: Mapping[int, PortState], found_by: str) -> tuple[Endpoint, ...]:
    """The open doors; what they speak is not known yet."""
    return tuple(Endpoint(address, port, found_by=found_by) for port, state in states.items() if state == "open")


def terminal_facts(states: Mapping[int, PortState]) -> tuple[FactSeen, ...]:
    """Telnet, SSH and FTP on their usual doors. A closed usual door is circumstantial: the service may be elsewhere."""
    facts: list[FactSeen] = []
    for port, key in _TERMINALS.items():
        state = states.get(port)
        if state == "open":
            facts.append(FactSeen(key, Known(True, (), "C2")))
        elif state == "refused":
            facts.append(FactSeen(key, Known(False, (), "C1")))
        elif state is not None:
            facts.append(FactSeen(key, Unseen("silent", f"TCP {port}")))
    return tuple(facts)
