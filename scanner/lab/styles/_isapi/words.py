"""How ISAPI names the AI functions: slug, flag, event, schedule; and the frame of its XML.

Names from the reference on Hikvision ISAPI (sections 3.2 to 3.6); families marked by analogy there are so here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scanner.lab.wire import Answer, as_json, xml

if TYPE_CHECKING:
    from scanner.lab.device import LabDevice
    from scanner.lab.words import Switch


class Event(NamedTuple):
    """One AI function. ``path`` is below /ISAPI, ``{ch}`` its channel; ``family`` the VCA resource it needs."""

    feature: str
    path: str
    root: str
    flag: str
    event: str
    schedule: str
    family: str = "smart"
    name: str = ""  # tells two ways of one feature apart: Switch.name


EVENTS: tuple[Event, ...] = (
    Event(
        "line-crossing", "Smart/LineDetection/{ch}", "LineDetection", "isSupportLineDetection", "linedetection",
        "lineDetections/linedetection_video{ch}",
    ),
    Event(
        "intrusion", "Smart/FieldDetection/{ch}", "FieldDetection", "isSupportFieldDetection", "fielddetection",
        "fieldDetections/fielddetection_video{ch}",
    ),
    Event(
        "face-detection", "Smart/FaceDetect/{ch}", "FaceDetect", "isSupportFaceDetect", "facedetection",
        "faceDetections/facedetection_video{ch}",
    ),
    Event(
        "face-detection", "Intelligent/channels/{ch}/faceRule", "FaceRule", "isSupportFaceSnap", "faceSnap",
        "faceSnap/faceSnap-{ch}", "facesnap", "faceCapture",
    ),
    Event(
        "face-recognition", "Intelligent/channels/{ch}/faceContrast", "FaceContrastList", "isSupportFaceContrast",
        "faceContrast", "faceContrast/faceContrast-{ch}", "faceContrast",
    ),
    Event(
        "loitering", "Smart/loitering/{ch}", "Loitering", "isSupportLoitering", "loitering",
        "loiterings/loitering-{ch}",
    ),
    Event("crowd", "Smart/group/{ch}", "Group", "isSupportGroup", "group", "groups/group-{ch}"),
    Event(
        "running", "Smart/rapidMove/{ch}", "RapidMove", "isSupportRapidMove", "rapidMove",
        "rapidMoves/rapidMove-{ch}",
    ),
    Event("parking", "Smart/parking/{ch}", "Parking", "isSupportParking", "parking", "parkings/parking-{ch}"),
    Event(
        "object-left", "Smart/unattendedBaggage/{ch}", "UnattendedBaggage", "isSupportUnattendedBaggage",
        "unattendedBaggage", "unattendedBaggages/unattendedBaggage-{ch}",
    ),
    Event(
        "object-removed", "Smart/attendedBaggage/{ch}", "AttendedBaggage", "isSupportAttendedBaggage",
        "attendedBaggage", "attendedBaggages/attendedBaggage-{ch}",
    ),
    Event(
        "people-counting", "System/Video/inputs/channels/{ch}/counting", "Counting", "isSupportCounting", "counting",
        "countings/counting_video{ch}",
    ),
    Event(
        "heat-map", "System/Video/inputs/channels/{ch}/heatMap", "HeatMap", "isSupportHeatmap", "heatmap",
        "heatMaps/heatmap_video{ch}",
    ),
    Event(
        "audio-detection", "Smart/AudioDetection/channels/{ch}", "AudioDetection", "isSupportAudioDetection",
        "audioexception", "audioDetections/audioexception_video{ch}", "",
    ),
    Event("auto-tracking", "Smart/IntelliTrace/1", "IntelliTrace", "isSupportIntelliTrace", "intelliTrace", "", ""),
    Event(
        "anpr", "Traffic/channels/{ch}/vehicleDetect", "VehicleDetect", "isSupportVehicleDetection", "vehicledetection",
        "vehicledetects/{ch}", "roadDetection",
    ),
)  # fmt: skip


def event_of(switch: Switch) -> Event | None:
    """The ISAPI function of a switch."""
    for event in EVENTS:
        if event.feature == switch.feature and event.name == switch.name:
            return event
    return None


def namespace(device: LabDevice) -> str:
    return str(device.personality.extra.get("namespace", "http://www.hikvision.com/ver20/XMLSchema"))


def root(device: LabDevice, tag: str, inner: str, *, status: int = 200, attributes: str = "") -> Answer:
    """One ISAPI document."""
    return xml(f'<{tag} version="2.0" xmlns="{namespace(device)}"{attributes}>{inner}</{tag}>', status=status)


def flag(value: object) -> str:
    return "true" if value else "false"


def leaves(**fields: object) -> str:
    """Elements with text; booleans in lower case, None as an empty element."""
    return "".join(f"<{name}>{_leaf(value)}</{name}>" for name, value in fields.items())


def _leaf(value: object) -> str:
    if value is None:
        return ""
    return flag(value) if isinstance(value, bool) else str(value)


def refused(device: LabDevice, path: str, substatus: str = "notSupport", status: int = 403) -> Answer:
    """A ResponseStatus body: ``notSupport`` for what is not there, ``lowPrivilege`` for what this login may not see."""
    code, word = ("4", "Invalid Operation") if status != 500 else ("3", "Device Error")
    if "format=json" in path:
        return as_json(
            {"requestURL": path, "statusCode": int(code), "statusString": word, "subStatusCode": substatus},
            status=status,
        )
    body = leaves(requestURL=path, statusCode=code, statusString=word, subStatusCode=substatus)
    return root(device, "ResponseStatus", body, status=status)
