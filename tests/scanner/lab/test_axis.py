"""What the Axis personalities say against what is true of them."""

from __future__ import annotations

from lab_client import HTTPS, LOGIN, ask_datagram, visit

from scanner.lab import Fleet

SEARCH = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nST: upnp:rootdevice\r\n\r\n'


def test_identity_without_a_login(fleet: Fleet) -> None:
    device = fleet.device("axis-aoa")
    with visit(device.address) as camera:
        got = camera.post(
            "/axis-cgi/basicdeviceinfo.cgi", {"apiVersion": "1.0", "method": "getAllUnrestrictedProperties"}
        )
        properties = got.json["data"]["propertyList"]
        assert properties["ProdNbr"] == device.truth.model
        assert properties["SerialNumber"] == device.truth.serial == device.mac.replace(":", "").upper()
        assert "Architecture" not in properties
        closed = camera.post("/axis-cgi/basicdeviceinfo.cgi", {"apiVersion": "1.0", "method": "getAllProperties"})
        assert closed.status == 401
        ready = camera.post("/axis-cgi/systemready.cgi", {"apiVersion": "1.0", "method": "systemready", "params": {}})
        assert ready.json["data"]["needsetup"] == "no"
        assert camera.get("/").status == 200
    assert fleet.harm == []


def test_applications_and_scenarios(fleet: Fleet) -> None:
    device = fleet.device("axis-aoa")
    with visit(device.address) as camera:
        apps = camera.get("/axis-cgi/applications/list.cgi", LOGIN).xml
        status = {app.get("Name"): app.get("Status") for app in apps.iter("application")}
        assert status == {"objectanalytics": "Running", "vmd": "Stopped", "faceverifier": "Stopped"}
        got = camera.post(
            "/local/objectanalytics/control.cgi", {"apiVersion": "1.2", "method": "getConfiguration"}, LOGIN
        )
        scenarios = got.json["data"]["scenarios"]
        assert {scenario["type"] for scenario in scenarios} == {"fence", "motion"}
        assert {"line-crossing", "intrusion", "object-class"} <= device.truth.features_on["1"]
        assert "face-recognition" not in device.truth.features_on["1"]
        assert (
            camera.post("/local/vmd/control.cgi", {"apiVersion": "1.2", "method": "getConfiguration"}, LOGIN).status
            == 404
        )
        producers = camera.post(
            "/axis-cgi/analyticsmetadataconfig.cgi", {"apiVersion": "1.0", "method": "listProducers"}, LOGIN
        )
        assert producers.json["data"]["producers"][0]["videochannels"][0]["enabled"] is True
    assert fleet.harm == []


def test_parameter_groups(fleet: Fleet) -> None:
    device = fleet.device("axis-plain")
    with visit(device.address) as camera:
        got = camera.get("/axis-cgi/param.cgi?action=list&group=Properties.Firmware,Nonsense,SNMP,Network.UPnP", LOGIN)
        lines = got.text.splitlines()
        assert f"root.Properties.Firmware.Version={device.firmware}" in lines
        assert "# Error: Error -1 getting param in group 'Nonsense'" in lines
        assert "SNMP.V2c=yes" in lines  # the group after an error loses its root
        assert "root.Network.UPnP.Enabled=yes" in lines
        accounts = camera.ask("POST", "/axis-cgi/pwdgrp.cgi", b"action=get")
        assert accounts.status == 401
        discovery = camera.post("/axis-cgi/analyticsmetadataconfig.cgi", {"method": "listProducers"}, LOGIN)
        assert discovery.status == 404
    assert fleet.harm == []


def test_rest_and_certificate(fleet: Fleet) -> None:
    device = fleet.device("axis-lpr")
    with visit(device.address, HTTPS, tls=True) as camera:
        assert camera.get("/config/rest/snmp/v1", LOGIN).json["data"]["enabled"] is False
    assert device.truth.facts["tls.certificate.self_signed"] is False
    assert device.truth.features_on == {"device": frozenset({"anpr"})}


def test_ssdp_and_description(fleet: Fleet) -> None:
    device = fleet.device("axis-aoa")
    reply = ask_datagram(device.address, 1900, SEARCH)
    assert reply is not None
    headers = dict(line.split(": ", 1) for line in reply.decode().split("\r\n")[1:] if ": " in line)
    location = headers["LOCATION"]
    assert location == f"http://{device.address}:8080/rootdesc1.xml"
    assert headers["USN"].startswith(f"uuid:Upnp-BasicDevice-1_0-{device.truth.serial}::urn:axis-com:")
    with visit(device.address) as camera:
        description = camera.get("/rootdesc1.xml")
        assert description.find("manufacturer") == "AXIS"
        assert description.find("serialNumber") == device.truth.serial
    assert fleet.harm == []
