"""Registers as CSV: columns by their headers or by name, cells as people fill them, formulas as plain text."""

from __future__ import annotations

from pathlib import Path

import pytest
from imports import Read, mistakes, read_file

from scanner.discovery.importers.register import FIELDS
from scanner.model import RegisterRow


def read(tmp_path: Path, text: str | bytes, **columns: str) -> Read:
    path = tmp_path / "assets.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, columns)


def rows(found: Read) -> list[RegisterRow]:
    return [one.row for one in found.signs if one.row is not None]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_usual_headers_are_found_in_every_dress(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = (
        "Site;Camera Name;IP Address;MAC Address;Make;Model No.;Serial Number;Firmware Version;Location;Device Type\r\n"
        "Sixth Form;Café;10.20.0.11;44-19-B6-00-00-11;Hikvision;DS-2CD2042WD-I;C12345678;V5.4.5;Foyer – left;"
        "IP Camera\r\n"
    )
    [row] = rows(read(tmp_path, text.replace(";", delimiter).encode(encoding)))

    assert row == RegisterRow(
        place="assets.csv:2", name="Café", site="Sixth Form", location="Foyer – left", address="10.20.0.11",
        mac="44:19:b6:00:00:11", serial="C12345678", brand="Hikvision", model="DS-2CD2042WD-I", firmware="V5.4.5",
        kind="camera",
    )  # fmt: skip


def test_an_export_may_begin_with_a_title_and_cells_may_hold_lines(tmp_path: Path) -> None:
    text = (
        "Cameras of the council, exported 2026-11-19\n\nName,Notes,IP\n"
        '"Gate ""A""","two\nlines, and a comma",10.20.0.11\n'
        ",,\nHall,,10.20.0.12,\n"
    )
    found = rows(read(tmp_path, text))

    assert [(row.name, row.address, row.place) for row in found] == [
        ('Gate "A"', "10.20.0.11", "assets.csv:4"), ("Hall", "10.20.0.12", "assets.csv:7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("10.20.0.11", "10.20.0.11"), (" '10.20.0.11 ", "10.20.0.11"), ("http://10.20.0.11:8080/view", "10.20.0.11"),
        ("rtsp://u@10.20.0.11/1", "10.20.0.11"), ("10.20.0.11:554", "10.20.0.11"), ("fd00::11", "fd00::11"),
        ("n/a", ""), ("TBC", ""), ("DHCP", ""), ("-", ""),
    ],
)  # fmt: skip
def test_what_people_write_as_an_address(tmp_path: Path, cell: str, address: str) -> None:
    assert [row.address for row in rows(read(tmp_path, f"Name,IP\nGate,{cell}\n"))] == [address]


def test_a_host_name_is_told_and_not_looked_up(tmp_path: Path) -> None:
    found = read(tmp_path, "Serial,Host\nC12345678,gate.school.example\n")

    assert [(row.name, row.address) for row in rows(found)] == [("gate.school.example", "")]
    assert found.told == ["assets.csv: 1 rows give a host name where an address belongs: it was not looked up."]


def test_passwords_of_a_camera_list_are_neither_kept_nor_told(tmp_path: Path) -> None:
    text = "Name,URL,User,Password\nGate,rtsp://admin:Lab-Passw0rd@10.20.0.11/1,admin,Lab-Passw0rd\n"
    found = read(tmp_path, text + ",http://admin:Lab-Passw0rd@gate.example/,admin,Lab-Passw0rd\n")
    kept = b"\n".join(found.evidence.blobs.values()).decode()

    assert [(row.name, row.address) for row in rows(found)] == [("Gate", "10.20.0.11"), ("gate.example", "")]
    assert "Name: Gate\nURL: rtsp://10.20.0.11/1" in kept
    assert "Passw0rd" not in kept
    [line] = mistakes(lambda: read(tmp_path, "Name,URL\nGate,rtsp://admin:Lab-Passw0rd@10.20.0.999 x/1\n"))
    assert "Passw0rd" not in line


def test_columns_by_name_go_before_the_usual_ones(tmp_path: Path) -> None:
    text = "IP Address,Old IP,Hersteller,Bezeichnung\n10.20.0.11,10.9.0.11,Dahua,Tor\n"
    [row] = rows(read(tmp_path, text, address="Old IP", brand="hersteller", name="Bezeichnung"))

    assert (row.address, row.brand, row.name) == ("10.9.0.11", "Dahua", "Tor")


def test_formulas_stay_text_and_prove_nothing(tmp_path: Path) -> None:
    [row] = rows(read(tmp_path, "Name,IP,Make\n\"=cmd|'/c calc'!A1\",10.20.0.11,@SUM(A1)\n"))

    assert row.name == "=cmd|'/c calc'!A1"
    assert row.brand == "@SUM(A1)"


def test_what_a_register_states_is_circumstantial(tmp_path: Path) -> None:
    found = read(
        tmp_path, "IP,Make,Model,Serial,MAC\n10.20.0.11,hikvision,DS-2CD2042WD-I,C12345678,44:19:b6:00:00:11\n"
    )
    identity = found.identity("10.20.0.11")

    assert {claim.grade for claim in identity.claims} == {"C1"}
    assert (identity.maker, identity.model, identity.grade) == ("Hikvision", "DS-2CD2042WD-I", "C1")
    assert identity.is_camera
    assert found.texts("10.20.0.11") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name,IP\nGate,10.20.0.999\n", "2: expected an IP address, found '10.20.0.999'"),
        ("Name,IP\nGate,10.20.0.1 / 10.20.0.2\n", "2: expected one address in the cell, found '10.20.0.1 / 10.20.0.2'"),
        ("Name,IP\nGate,east wing\n", "2: expected an IP address, found 'east wing'"),
        ("Name,MAC\nGate,4.42E+11\n", "2: expected an Ethernet address, found 4.42E+11: a spreadsheet has taken it"),
        ("Name,MAC\nGate,banana\n", "2: expected an Ethernet address, found 'banana'"),
        (
            "Name,Serial\nGate,1.23457E+14\n",
            "2: expected a serial number, found 1.23457E+14: a spreadsheet has rounded",
        ),
        ("Name,IP\nGate,10.20.0.1,x\n", "2: expected at most 2 cells, as the headers have; found 3"),
        ('Name,IP\nGate,"10.20.0.1\n', "2: expected a row of CSV, found"),
        ("Name,IP\n", "1: expected rows below the headers, found none"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    [line] = mistakes(lambda: read(tmp_path, text))
    assert line.startswith(f"{tmp_path}/assets.csv:{expected}")


def test_headers_that_are_not_there_are_told_with_those_that_are(tmp_path: Path) -> None:
    [line] = mistakes(lambda: read(tmp_path, "Name,IP\nGate,10.20.0.1\n", address="Adress"))
    assert line == f"{tmp_path}/assets.csv:1: expected a column 'Adress', found 'Name', 'IP'"
    [line] = mistakes(lambda: read(tmp_path, "Name,IP\nGate,10.20.0.1\n", colour="Name"))
    assert line == f"--column: expected one of the fields {', '.join(FIELDS)}; found 'colour'"
    (tmp_path / "odd.csv").write_text("Nombre,Modelo\nPuerta,X\n")
    [line] = mistakes(lambda: read_file(tmp_path / "odd.csv", name="register"))
    assert "name them with --column address=HEADER" in line


def test_all_rows_that_cannot_be_read_are_told_together(tmp_path: Path) -> None:
    lines = mistakes(lambda: read(tmp_path, "IP,MAC\nx y,banana\n10.20.0.1,\n10.20.0.1.5,\n"))
    assert [line.split(":")[1] for line in lines] == ["2", "2", "4"]
