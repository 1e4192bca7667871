"""The vocabulary: every feature, every fact key, every place a text can be seen in. Defined here once.

Drivers write these words, rules and reports read them; a rule that names an unknown key does not load.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from scanner.model import COLUMNS

# -- AI functions -----------------------------------------------------------------------------------


class FeatureWord(NamedTuple):
    """One AI function. ``rank`` grows with intrusion (0 is no AI); ``sentence`` is for a DPO."""

    id: str
    title: str
    rank: int
    sentence: str


FEATURES: dict[str, FeatureWord] = {
    word.id: word
    for word in (
        FeatureWord("motion", "Motion detection", 0, "notices that the picture changes; no AI"),
        FeatureWord(
            "tamper", "Tamper detection", 0, "notices that the camera is covered, turned or out of focus; no AI"
        ),
        FeatureWord("object-class", "Person or vehicle classification", 1, "tells people, vehicles or animals apart"),
        FeatureWord(
            "smart-search", "Smart search and scene metadata", 1, "writes down what it sees so that it can be searched"
        ),
        FeatureWord("people-counting", "People counting", 2, "counts people who pass"),
        FeatureWord("crowd", "Crowd density", 2, "estimates how many people stand together"),
        FeatureWord("queue", "Queue detection", 2, "measures how long people wait in line"),
        FeatureWord("heat-map", "Heat map", 2, "maps where people spend time"),
        FeatureWord("line-crossing", "Line crossing", 3, "raises an event when somebody crosses a line"),
        FeatureWord(
            "intrusion", "Intrusion or area", 3, "raises an event when somebody enters, leaves or stays in an area"
        ),
        FeatureWord("object-left", "Object left behind", 3, "notices an object that was left"),
        FeatureWord("object-removed", "Object removed", 3, "notices an object that was taken away"),
        FeatureWord("parking", "Parking detection", 3, "notices a vehicle that parks"),
        FeatureWord("fire-smoke", "Fire or smoke detection", 1, "notices flames, heat or smoke"),
        FeatureWord("loitering", "Loitering", 4, "judges that somebody stays too long"),
        FeatureWord("running", "Running", 4, "judges that somebody moves fast"),
        FeatureWord("fall", "Fall detection", 4, "judges that somebody has fallen"),
        FeatureWord("fight", "Fight or violence", 4, "judges that people fight"),
        FeatureWord("auto-tracking", "Automatic tracking", 5, "turns and zooms to follow a person or vehicle"),
        FeatureWord(
            "person-reid", "Person re-identification", 6, "finds the same person again across cameras or by gait"
        ),
        FeatureWord("face-detection", "Face detection", 6, "finds and cuts out faces"),
        FeatureWord("person-attributes", "Person attributes", 7, "describes clothing, bags or body"),
        FeatureWord("mask-detection", "Face mask detection", 7, "tells whether a person wears a mask"),
        FeatureWord("ppe", "Protective equipment", 7, "tells whether a person wears a helmet or vest"),
        FeatureWord("face-attributes.age", "Age inference", 8, "estimates the age of a person from the face"),
        FeatureWord("face-attributes.gender", "Gender inference", 8, "infers the gender of a person from the face"),
        FeatureWord("face-attributes.glasses", "Glasses", 7, "tells whether a person wears glasses"),
        FeatureWord("face-attributes.mask", "Mask as a face attribute", 7, "tells whether the face wears a mask"),
        FeatureWord("face-attributes.beard", "Beard", 7, "tells whether a person has a beard"),
        FeatureWord("audio-detection", "Sound level detection", 5, "raises an event on sound"),
        FeatureWord(
            "audio-classification", "Sound classification", 6, "recognises kinds of sound such as a scream or a shot"
        ),
        FeatureWord("body-temperature", "Body temperature", 8, "measures the temperature of people"),
        FeatureWord("vital-signs", "Vital signs", 9, "measures breathing or pulse without contact"),
        FeatureWord(
            "student-behaviour", "Behaviour of pupils or teachers", 8, "judges what pupils or teachers do in class"
        ),
        FeatureWord("emotion", "Emotion inference", 9, "infers feelings from the face"),
        FeatureWord("ethnicity", "Ethnicity or skin colour inference", 10, "sorts people by ethnicity or skin colour"),
        FeatureWord("religious-marker", "Religious marker", 10, "notices signs of religion such as a head scarf"),
        FeatureWord("anpr", "Number plate recognition", 8, "reads number plates"),
        FeatureWord("face-recognition", "Face recognition", 10, "compares faces with a stored list"),
        FeatureWord(
            "custom-ai",
            "Other or unclassified AI application",
            5,
            "runs an AI application that camaudit cannot classify",
        ),
    )
}
NOT_AI: frozenset[str] = frozenset(word.id for word in FEATURES.values() if word.rank == 0)
BIOMETRIC: tuple[str, ...] = (
    "face-detection", "face-recognition", "face-attributes.age", "face-attributes.gender", "face-attributes.glasses",
    "face-attributes.mask", "face-attributes.beard", "emotion", "ethnicity", "religious-marker", "person-reid",
    "person-attributes", "mask-detection", "body-temperature", "vital-signs",
)  # fmt: skip

# -- facts --------------------------------------------------------------------------------------------

FactType: TypeAlias = Literal["bool", "int", "number", "text", "date", "texts"]


class FactWord(NamedTuple):
    """One fact key: its type and what it says."""

    key: str
    type: FactType
    sentence: str


_DEVICE_FACTS = (
    # seen on the wire or read by a driver
    FactWord("account.activated", "bool", "an administrator password has been set"),
    FactWord("account.default_password", "bool", "the device itself says that a default password is in use"),
    FactWord("account.weak_password", "bool", "the device itself says that the password of this login is a weak one"),
    FactWord("account.admin_count", "int", "number of accounts with administrator rights"),
    FactWord("account.count", "int", "number of accounts"),
    FactWord("login.role", "text", "rights of the account that camaudit logged in with, in the words of the device"),
    FactWord("login.lock.enabled", "bool", "the device locks an account or address after failed logins"),
    FactWord("login.lock.attempts", "int", "failed logins before the lock"),
    FactWord("login.anonymous", "bool", "anonymous login is allowed"),
    FactWord("web.http", "bool", "management pages are served over clear HTTP"),
    FactWord("web.https", "bool", "management pages are served over HTTPS"),
    FactWord("web.auth", "text", "how the web login travels: digest, digest/basic, basic"),
    FactWord("tls.versions", "texts", "TLS versions the device accepted"),
    FactWord("tls.legacy", "bool", "the device accepts TLS 1.0 or 1.1"),
    FactWord("tls.certificate.self_signed", "bool", "subject and issuer of the certificate are the same"),
    FactWord("tls.certificate.not_after", "date", "last day of the certificate"),
    FactWord("tls.certificate.subject", "text", "subject of the certificate"),
    FactWord("stream.anonymous", "bool", "RTSP DESCRIBE without login was answered with 200"),
    FactWord("onvif.anonymous", "bool", "an ONVIF call that needs a login was answered without one"),
    FactWord("onvif.enabled", "bool", "the ONVIF interface is switched on"),
    FactWord("onvif.users", "int", "number of ONVIF accounts"),
    FactWord("service.telnet", "bool", "Telnet is open or switched on"),
    FactWord("service.ssh", "bool", "SSH is open or switched on"),
    FactWord("service.ftp", "bool", "an FTP server is open or switched on"),
    FactWord("service.sdk", "bool", "the maker's own control port is open"),
    FactWord("snmp.enabled", "bool", "SNMP of any version is switched on"),
    FactWord("snmp.v1v2", "bool", "SNMP version 1 or 2c is switched on"),
    FactWord("upnp.enabled", "bool", "UPnP is switched on"),
    FactWord("upnp.mapped", "bool", "the device asks a router to forward a port from outside to it"),
    FactWord("cloud.p2p", "bool", "the maker's cloud or peer-to-peer service is switched on"),
    FactWord("time.ntp", "bool", "the clock follows a time server"),
    FactWord("time.skew_seconds", "number", "device clock minus ours, in seconds"),
    FactWord("log.remote", "bool", "log entries are sent to a log server"),
    FactWord("stream.encryption", "bool", "stream encryption is switched on"),
    FactWord("ip_filter.enabled", "bool", "an address filter is switched on"),
    FactWord("audio.enabled", "bool", "sound is captured"),
    FactWord("upload.targets", "texts", "hosts that events or pictures are sent to"),
    FactWord("storage.encryption", "bool", "the recordings on the device's own disk or card are encrypted"),
    FactWord("retention.limited", "bool", "the device deletes recordings after a time that is set, on every disk"),
    FactWord("retention.days", "int", "days after which the device deletes recordings, the longest where disks differ"),
    FactWord("recorder.channels", "int", "channels a recorder has"),
    FactWord("recorder.attached", "int", "cameras configured on a recorder"),
    FactWord("face-library.count", "int", "faces stored in the device's library"),
    FactWord("metadata.stream", "bool", "scene metadata leaves in the stream"),
    FactWord("apps.running", "texts", "applications that run on the device"),
    FactWord("hardware.soc_family", "text", "family of the chip inside, by circumstantial signs"),
    FactWord("services.named", "texts", "what nmap calls the services of the open ports"),
)  # fmt: skip

_IDENTITY_FACTS = (
    FactWord("identity.brand", "text", "name on the device"),
    FactWord("identity.maker", "text", "who built it"),
    FactWord("identity.rebrand", "bool", "brand and maker differ"),
    FactWord("identity.model", "text", "model"),
    FactWord("identity.kind", "text", "camera, recorder, encoder, intercom, other"),
    FactWord("firmware.version", "text", "firmware version"),
    FactWord("firmware.build_date", "date", "day the firmware was built"),
    FactWord("firmware.support_ends", "date", "last day on which this firmware line or model gets fixes"),
    FactWord("flaws.exploited", "texts", "flaws of this firmware that are known to be exploited"),
    FactWord("flaws.exploited.possible", "texts", "exploited flaws of this model that the firmware may have"),
    FactWord("flaws.high", "texts", "flaws of this firmware rated high or critical, mended over 14 days ago"),
    FactWord("flaws.other", "texts", "other flaws of this firmware that its maker published"),
    FactWord("device.authenticated", "bool", "settings were read after a login, or the device asks for none"),
)

SITE_RECORDS: tuple[str, ...] = (
    "dpia", "art9_condition", "consent", "notice", "scc_selfassess", "audio_justification", "supplier_assessment",
    "retention", "waiver",
)  # fmt: skip
SITE_TYPES: tuple[str, ...] = ("office", "school", "college", "hospital", "care-home", "public-space", "depot", "other")
SITE_TAGS: tuple[str, ...] = (
    "sensitive", "core-network", "workplace", "public-space", "clinical", "bedroom", "toilet", "changing",
    "medical-room",
)  # fmt: skip
JURISDICTIONS: tuple[str, ...] = ("england", "wales", "scotland", "northern-ireland", "eu", "us", "other")
BODIES: tuple[str, ...] = (
    "uk-central-government", "uk-council", "uk-police", "uk-school", "uk-nhs", "uk-agency",
    "us-federal-agency", "us-federal-contractor", "us-grant-recipient", "us-dod",
    "eu-public-body", "law-enforcement", "private",
)  # fmt: skip

_SITE_FACTS = (
    FactWord("judged.on", "date", "the day the inventory is judged for"),
    FactWord("org.jurisdiction", "text", "where the organisation is: " + ", ".join(JURISDICTIONS)),
    FactWord("org.bodies", "texts", "what the organisation is: " + ", ".join(BODIES)),
    FactWord("site.type", "text", "what the place is: " + ", ".join(SITE_TYPES)),
    FactWord("site.tags", "texts", "what else the auditor said of the place: " + ", ".join(SITE_TAGS)),
    FactWord("site.segment", "text", "dedicated or shared network"),
    FactWord("site.exposed", "bool", "reachable from the internet, as the auditor said"),
    *(FactWord(f"record.{name}", "date", f"date of the organisation's record: {name}") for name in SITE_RECORDS),
    *(FactWord(f"record.{name}.covers", "texts", f"features the record covers: {name}") for name in SITE_RECORDS),
    FactWord("record.retention.days", "int", "days that recordings may be kept, as the organisation's record says"),
)

_FEATURE_FACTS = tuple(
    FactWord(f"ai.{word.id}.{column}", "bool", f"{word.title}: {column}")
    for word in FEATURES.values()
    for column in COLUMNS
)

FACTS: dict[str, FactWord] = {
    word.key: word for word in (*_DEVICE_FACTS, *_IDENTITY_FACTS, *_SITE_FACTS, *_FEATURE_FACTS)
}
DEVICE_FACTS: tuple[str, ...] = tuple(word.key for word in _DEVICE_FACTS)
"""Keys a stage of the scanner may report; the others are derived by the rules' subject."""


def check_value(key: str, value: object) -> None:
    """Raise ValueError when ``value`` is not of the type the key has; KeyError when the key is unknown."""
    kind = FACTS[key].type
    fits = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "text": isinstance(value, str),
        "date": isinstance(value, date) or (isinstance(value, str) and _is_date(value)),
        "texts": isinstance(value, list | tuple) and all(isinstance(item, str) for item in value),
    }[kind]
    if not fits:
        raise ValueError(f"{key} takes a value of type {kind}, found {value!r}")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# -- where a text was seen ----------------------------------------------------------------------------

SEEN_IN: tuple[str, ...] = (
    "http-server-header", "http-title", "http-realm", "http-body", "http-favicon-md5", "http-set-cookie",
    "rtsp-server", "rtsp-realm", "rtsp-response", "rtsp-sdp",
    "tls-subject", "tls-issuer",
    "onvif-scopes", "onvif-deviceinfo", "onvif-services", "onvif-capabilities",
    "isapi-deviceinfo", "isapi-inputproxy",
    "ssdp", "ssdp-server", "sadp", "dhdiscover", "tplink-discovery", "vendor-finder",
    "snmp-sysdescr", "snmp-sysobjectid",
    "ftp-banner", "telnet-banner", "ssh-banner", "sip-server", "dhcp-vendor-class", "mdns-txt", "mac",
)  # fmt: skip
