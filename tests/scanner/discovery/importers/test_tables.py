"""Neighbour tables, switch tables and DHCP leases: who has which Ethernet address, from the tables people have."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from imports import Read, mistakes, read_file

HIKVISION = "44:19:b6:00:00:11"


def read(tmp_path: Path, text: str, name: str = "table.txt") -> Read:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_file(path)


@pytest.mark.parametrize(
    "text",
    [
        "10.20.0.11 dev eth0 lladdr 44:19:b6:00:00:11 REACHABLE\n10.20.0.12 dev eth0  FAILED\n"
        "fe80::1 dev eth0 lladdr 00:00:5e:00:01:01 router STALE\n",
        "? (10.20.0.11) at 44:19:b6:00:00:11 [ether] on eth0\n? (10.20.0.12) at <incomplete> on eth0\n"
        "gate.example (fe80::1) at 0:0:5e:0:1:1 on en0 ifscope [ethernet]\n",
        "Address                  HWtype  HWaddress           Flags Mask            Iface\n"
        "10.20.0.11               ether   44:19:b6:00:00:11   C                     eth0\n"
        "10.20.0.12                       (incomplete)                              eth0\n",
        "C:\\>arp -a\r\n\r\nInterface: 10.20.0.2 --- 0x5\r\n  Internet Address      Physical Address      Type\r\n"
        "  10.20.0.11            44-19-b6-00-00-11     dynamic\r\n"
        "  10.20.0.255           ff-ff-ff-ff-ff-ff     static\r\n  224.0.0.22  01-00-5e-00-00-16     static\r\n",
        "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n"
        "Internet  10.20.0.1               -   0000.5e00.0101  ARPA   Vlan20\n"
        "Internet  10.20.0.11             12   4419.b600.0011  ARPA   Vlan20\n"
        "Internet  10.20.0.12              0   Incomplete      ARPA\n",
    ],
    ids=["ip neigh", "arp -an", "arp -n", "Windows", "show ip arp"],
)
def test_every_neighbour_table(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)

    assert found.addresses() == ["10.20.0.11"]
    assert found.texts("10.20.0.11") == [("mac", HIKVISION)]
    assert found.identity("10.20.0.11").grade == "C1"
    [record] = [one for one in found.evidence.records.values() if one.address == "10.20.0.11"]
    assert record.request == found.signs[0].place
    assert b"10.20.0.11" in found.evidence.read(record.id)
    assert found.signs[0].seen_at is None


def test_octets_without_a_leading_zero(tmp_path: Path) -> None:
    found = read(tmp_path, "? (10.20.0.5) at 0:1b:2c:3:4:5 on en0 ifscope [ethernet]\n")
    assert found.texts("10.20.0.5") == [("mac", "00:1b:2c:03:04:05")]


def test_a_mac_table_gives_what_carries_a_camera_makers_prefix(tmp_path: Path) -> None:
    text = (
        "          Mac Address Table\n-------------------------------------------\n\n"
        "Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n"
        " All    0100.0ccc.cccc    STATIC      CPU\n"
        "  20    4419.b600.0011    DYNAMIC     Gi1/0/12\n  20    0000.0000.0001    DYNAMIC     Gi1/0/13\n"
        "Total Mac Addresses for this criterion: 3\n"
    )
    found = read(tmp_path, text)

    assert found.addresses() == [HIKVISION]
    assert found.told == ["table.txt: 1 Ethernet addresses of no camera maker, and without an IP address, left out."]
    [record] = found.evidence.records.values()
    assert b"Gi1/0/12" in found.evidence.read(record.id)


def test_a_mac_table_of_nexus_switches(tmp_path: Path) -> None:
    text = (
        "   VLAN     MAC Address      Type      age     Secure NTFY Ports\n"
        "---------+-----------------+--------+---------+------+----+------------------\n"
        "*   20     4419.b600.0011   dynamic  0         F      F    Eth1/3\n"
        "G    -     4419.b600.00ff   static   -         F      F    sup-eth1(R)\n"
    )
    assert read(tmp_path, text).addresses() == [HIKVISION]


ISC = """# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.20.0.11 {
  starts 4 2026/11/19 08:00:00;
  ends 4 2026/11/19 20:00:00;
  cltt 4 2026/11/19 08:15:00;
  binding state free;
  hardware ethernet 44:19:b6:00:00:99;
}
lease 10.20.0.11 {
  starts 4 2026/11/19 09:00:00;
  cltt 4 2026/11/19 09:15:00;
  binding state active;
  hardware ethernet 44:19:b6:00:00:11;
  uid "\\001D\\031\\266}\\000\\000\\021";
  set vendor-class-identifier = "HIKVISION-IPC";
  client-hostname "gate } {";
}
host printer { hardware ethernet 00:00:00:00:00:01; fixed-address 10.20.0.9; }
lease 10.20.0.12 {
  starts never;
  binding state expired;
  hardware ethernet 44:19:b6:00:00:12;
}
"""


def test_the_last_word_on_a_lease_counts(tmp_path: Path) -> None:
    found = read(tmp_path, ISC, "dhcpd.leases")

    assert found.addresses() == ["10.20.0.11"]
    assert found.texts("10.20.0.11") == [("mac", HIKVISION), ("dhcp-vendor-class", "HIKVISION-IPC")]
    assert found.signs[0].seen_at == datetime(2026, 11, 19, 9, 15, tzinfo=UTC)
    assert found.signs[0].place == "dhcpd.leases:11"
    assert found.told == ["dhcpd.leases: 1 leases that have ended or were given back, left out."]


def test_leases_of_dnsmasq(tmp_path: Path) -> None:
    text = (
        "1795076100 44:19:b6:00:00:11 10.20.0.11 gate 01:44:19:b6:00:00:11\n"
        "1795076100 06-44:19:b6:00:00:12 10.20.0.12 * *\n"
        "duid 00:01:00:01:2a\n1795076100 12345 fd00::11 gate 00:01:00:01\n"
    )
    found = read(tmp_path, text, "dnsmasq.leases")

    assert found.addresses() == ["10.20.0.11", "10.20.0.12"]
    assert found.texts("10.20.0.11") == [("mac", HIKVISION)]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_leases_of_windows(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["IPAddress", "ScopeId", "AddressState", "ClientId", "ClientType", "HostName", "LeaseExpiryTime"],
        ["10.20.0.11", "10.20.0.0", "ActiveReservation", "44-19-b6-00-00-11", "Dhcp", "gate, north", "19/11/2026"],
        ["10.20.0.12", "10.20.0.0", "Expired", "44-19-b6-00-00-12", "Dhcp", "", ""],
    ]
    text = "#TYPE Microsoft.Management.Infrastructure.CimInstance\r\n" + "".join(
        delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows
    )
    found = read(tmp_path, text, "leases.csv")

    assert found.addresses() == ["10.20.0.11"]
    assert found.texts("10.20.0.11") == [("mac", HIKVISION)]


NEIGHBOUR = "10.20.0.11 dev eth0 lladdr 44:19:b6:00:00:11 STALE\n"
CISCO = "Internet  10.20.0.11   12   4419.b600.0011  ARPA   Vlan20\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{NEIGHBOUR}10.20.0.12 dev eth0 lladdr banana STALE\n10.20.0.13 what\n",
         ["2: expected an Ethernet address, found 'banana'", "3: expected a row of a neighbour table, found"]),
        (f"{CISCO}Internet  10.20.0.999  12   4419.b600.0012  ARPA  V\n",
         ["2: expected a row of a switch's table, found"]),
        ("lease 10.20.0.11 {\n  binding state active;\nlease 10.20.0.12 {\n}\n",
         ["3: expected } at the end of the lease, found another lease"]),
        ("lease 10.20.0.11 {\n  hardware ethernet x;\n", ["2: expected an Ethernet address, found 'x'",
                                                          "1: expected } at the end of the lease, found the end"]),
        ("lease banana {\n}\n", ["1: expected an address after lease, found 'banana'"]),
        ("1795076100 44:19:b6:00:00:11 10.20.0.11 gate *\nnonsense\n", ["2: expected a lease: time, Ethernet address"]),
        ("IPAddress,AddressState,ClientId\n10.20.0.11,Active\n", ["2: expected a lease of 3 columns"]),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_read_are_told_with_their_lines(tmp_path: Path, text: str, expected: list[str]) -> None:
    lines = mistakes(lambda: read(tmp_path, text))

    assert len(lines) == len(expected)
    for line, words in zip(lines, expected, strict=True):
        assert line.startswith(f"{tmp_path}/table.txt:{words}")


def test_no_more_than_twenty_mistakes_are_told(tmp_path: Path) -> None:
    lines = mistakes(lambda: read(tmp_path, NEIGHBOUR + "10.20.0.12 dev eth0 lladdr banana STALE\n" * 1_000))
    assert len(lines) == 21
    assert lines[-1] == f"{tmp_path}/table.txt: and 980 more mistakes"
