"""What ONVIF names mean. Types and topics are matched by parts of their local name, not by a closed list: OEM firmware
puts its own types into the standard prefix (sections 2 and 5.3 to 5.5)."""

from __future__ import annotations

import re

_KEYWORDS: tuple[tuple[str, str], ...] = (
    ("facerecog", "face-recognition"),
    ("recognitionface", "face-recognition"),
    ("facecompar", "face-recognition"),
    ("licenseplate", "anpr"),
    ("platerecog", "anpr"),
    ("anpr", "anpr"),
    ("emotion", "emotion"),
    ("face", "face-detection"),
    ("linecount", "people-counting"),
    ("countaggregation", "people-counting"),
    ("peoplecount", "people-counting"),
    ("occupancy", "people-counting"),
    ("crowd", "crowd"),
    ("gathering", "crowd"),
    ("queue", "queue"),
    ("loiter", "loitering"),
    ("wander", "loitering"),
    ("heatmap", "heat-map"),
    ("linedetect", "line-crossing"),
    ("linecross", "line-crossing"),
    ("crossline", "line-crossing"),
    ("tripwire", "line-crossing"),
    ("fielddetect", "intrusion"),
    ("intrusion", "intrusion"),
    ("objectinfield", "intrusion"),
    ("perimeter", "intrusion"),
    ("abandon", "object-left"),
    ("leftobject", "object-left"),
    ("objectremoved", "object-removed"),
    ("removedobject", "object-removed"),
    ("missingobject", "object-removed"),
    ("parking", "parking"),
    ("bodytemperature", "body-temperature"),
    ("fire", "fire-smoke"),
    ("smoke", "fire-smoke"),
    ("helmet", "ppe"),
    ("audioclass", "audio-classification"),
    ("audiodetectorclass", "audio-classification"),
    ("intelligentaudio", "audio-classification"),
    ("audio", "audio-detection"),
    ("detectedsound", "audio-detection"),
    ("tamper", "tamper"),
    ("scenechange", "tamper"),
    ("smartmotion", "object-class"),
    ("human", "object-class"),
    ("people", "object-class"),
    ("person", "object-class"),
    ("vehicle", "object-class"),
    ("dogcat", "object-class"),
    ("pet", "object-class"),
    ("objectdetection", "object-class"),
    ("objecttrack", "object-class"),
    ("viproc", "smart-search"),
    ("cellmotion", "motion"),
    ("motion", "motion"),
)
"""First match wins: the narrower word stands before the wider one."""

ENGINE_OF_BOSCH = "Viproc"
"""The module of video analysis of a Bosch camera: it writes down what it sees also while no rule may raise an alarm
(Silent VCA), and no rule works while its ``Mode`` is Off (docs/sources.md A5.6).

Bosch's own RCP+ is not spoken: reading and writing are one path, and no public list names what tells of analysis.
"""

FILTERED: frozenset[str] = frozenset(
    {"human", "vehicle", "animal", "face", "person", "car", "truck", "bus", "bike", "bicycle", "motorcycle"}
)
"""Object classes of a ``ClassFilter``: those of the standard, and what Bosch writes (docs/sources.md A5.6)."""

FRAME: dict[str, str] = {
    "Age": "face-attributes.age",
    "Gender": "face-attributes.gender",
    "Opticals": "face-attributes.glasses",
    "Mask": "face-attributes.mask",
    "FacialHair": "face-attributes.beard",
    "Hijab": "religious-marker",
    "Complexion": "ethnicity",
    "Expression": "emotion",
    "HumanFace": "face-detection",
    "HumanBody": "person-attributes",
    "Clothing": "person-attributes",
    "Belonging": "person-attributes",
    "Belongings": "person-attributes",
    "Helmet": "ppe",
    "SafetyVest": "ppe",
    "LicensePlateInfo": "anpr",
    "LicensePlate": "anpr",
}
"""Elements of a sample metadata frame: what is in it, the module can output (docs/sources.md A5.1)."""

CLASSES: dict[str, str] = {
    "human": "object-class",
    "vehicle": "object-class",
    "vehical": "object-class",
    "animal": "object-class",
    "bike": "object-class",
    "bicycle": "object-class",
    "face": "face-detection",
    "humanface": "face-detection",
    "licenseplate": "anpr",
    "fire": "fire-smoke",
    "smoke": "fire-smoke",
}
"""Object classes in a sample frame."""

ACTIVITIES: dict[str, str] = {"running": "running", "fallen": "fall"}
"""Human activities in a sample frame."""

COULD_HAVE: tuple[str, ...] = (
    "line-crossing", "intrusion", "loitering", "people-counting", "object-class", "object-left", "object-removed",
    "face-detection", "face-recognition", "anpr", "audio-classification", "body-temperature", "person-attributes",
    "face-attributes.age", "face-attributes.gender", "emotion", "ethnicity", "smart-search",
)  # fmt: skip
"""Functions the standard has names for. Makers keep more behind their own interfaces."""

_EMOTION = re.compile(r"Emotion|EMOTION|(?:^|[/:_])emotion")
"""As a word of its own: ``VideoSource/MotionAlarm`` and ``SceneMotion`` have its letters too."""
_SWITCH = re.compile(r"(?P<stem>.*?)_?(?:Enable|Enabled|Active|Armed)", re.IGNORECASE)


def plain(name: str) -> str:
    """A type or topic without prefix, case and separators: ``RuleEngine/Recognition/Face`` -> ``recognitionface``."""
    steps = [step.rpartition(":")[2] for step in name.split("/")]
    return re.sub(
        r"[^a-z]", "", "".join(step for step in steps if step not in ("RuleEngine", "VideoAnalytics")).lower()
    )


def feature_of(name: str) -> str | None:
    """The feature a rule type, module type or topic stands for, None where no word of it is known."""
    text = plain(name)
    if "emotion" in text and not _EMOTION.search(name):
        text = text.replace("emotion", "e motion")
    return next((feature for keyword, feature in _KEYWORDS if keyword in text), None)


def feature_of_topic(topic: str) -> str | None:
    """The same for a topic. ``IVA/ObjectInField/<task>`` ends in a name that somebody gave: it is no word of ours."""
    return feature_of("/".join(topic.split("/")[:2]) if topic.startswith("IVA/") else topic)


def is_switch(item: str, type_name: str) -> bool:
    """True when a parameter is the switch of its rule: ``Enable``, ``LineEnable`` of a LineDetector. A switch of a part
    (``ShoulderEnable`` of a counter) is not."""
    found = _SWITCH.fullmatch(item)
    return found is not None and found["stem"].lower() in plain(type_name)
