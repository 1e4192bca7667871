"""What the name of a field says of its value: a serial number, a name somebody gave, a host, a place. Words only."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "serial number", "Ethernet address", "IP address", "host name", "name", "user name", "network name (SSID)",
    "e-mail address", "cloud id", "secret", "phone number", "position", "location", "certificate or key",
]  # fmt: skip

_BY_NAME: dict[Kind, str] = {
    "serial number": "serialnumber serialno serialnum serial devicesn sn deviceserial subserialnumber serialid "
    "productserial chassisid deviceserialnumber devserialno wholeserialno sncode serialcode deviceserialno",
    "Ethernet address": "mac macaddr macaddress physicaladdress hwaddress ethaddr connectedmacaddress hwaddr",
    "host name": "hostname domainname host addr address ipaddress server servername serveraddress serveraddr ddnsname "
    "domain searchdomain dnsname hostaddress url ftpserver smtpserver mailserver ntpserver endpointaddress fqdn "
    "primaryserver secondaryserver serverhost timeserver broker remoteaddress",
    "name": "name devicename machinename channelname friendlyname cameraname displayname displaytext channeltitle "
    "osdtext alias nickname customname videoinputname inputname sourcename rulename regionname scenename areaname "
    "comment note remark description customtitle syscontact contact personname facename plate platenumber plateno "
    "licenseplate licenceplate ownername organization organisation company devname customtext "
    "overlaytext presetname zonename",
    "user name": "username user userid login loginname account accountname useraccount usrname",
    "network name (SSID)": "ssid essid apname wifissid wlanssid",
    "e-mail address": "email emailaddress mail mailaddress sender receiver recipient mailto mailfrom sendaddress",
    "cloud id": "uid p2pid p2puid cloudid deviceid deviceuuid uuid easy4ipid ezvizid registerid ownerid owner clientid "
    "hwid oemid did cloudserial subscriptionid",
    "secret": "token accesstoken ticket nonce opaque cnonce signature challenge sharekey securitycode activationcode "
    "verificationcode pin refreshtoken authtoken",
    "certificate or key": "publickey certificate cert rsapublickey x509certificate certificatedata",
    "phone number": "phone phonenumber mobile telephone cellphone sms smsnumber mobilenumber tel phonenum",
    "position": "latitude longitude lat lon lng altitude elevation gpslatitude gpslongitude",
    "location": "location devicelocation syslocation city street building room floor site postalcode "
    "installlocation town district",
}  # fmt: skip
_KINDS: dict[str, Kind] = {word: kind for kind, words in _BY_NAME.items() for word in words.split()}

_ENDS: tuple[tuple[str, Kind], ...] = (
    ("serialnumber", "serial number"), ("serialno", "serial number"), ("macaddress", "Ethernet address"),
    ("hostname", "host name"), ("username", "user name"), ("devicename", "name"), ("channelname", "name"),
    ("essid", "network name (SSID)"), ("emailaddress", "e-mail address"), ("phonenumber", "phone number"),
    ("latitude", "position"), ("longitude", "position"),
)  # fmt: skip
_WORDS_OF_MAKERS = frozenset(
    f"{word}name"
    for word in (
        "model", "product", "prodshort", "prodfull", "service", "package", "event", "type", "class", "file", "brand",
        "vendor", "firmware", "application", "app", "nice", "codec", "encoder", "interface", "protocol", "tag",
        "parameter", "param", "config", "algorithm", "method", "scheme", "format", "stream", "module", "function",
        "feature", "timezone", "lang", "language", "plugin", "component", "topic", "operation", "manufacturer",
        "eventtype", "capability", "attribute", "key", "field", "namespace", "pattern",
    )
)  # fmt: skip
"""Names that makers give. Every other field that ends in ``name`` holds one that somebody typed in."""
_INDEX = re.compile(r"\[[^\]]*\]|[_\-\s]|\d+$")

ALWAYS_SECRET = frozenset(
    {"securitycode", "activationcode", "pin", "sharekey", "accesstoken", "refreshtoken", "authtoken", "signature"}
)
"""Secrets however short they are."""

TELLS_OF_THE_PRODUCT = re.compile(
    r"model|version|firmware|devicetype|deviceclass|product|prodfull|prodnbr|prodshort|build|manufacturer|vendor|brand"
)
"""Fields whose value says what the product is. It stays, wherever it stands."""

IS_VOCABULARY = re.compile(r"(?:type|class|mode|method|action|code|topic|operation|state|status|protocol|format)$")
"""Fields whose value is a word of the maker's interface: no name is replaced elsewhere because it is such a word."""

DEFAULT_USERS = frozenset({
    "admin", "administrator", "root", "operator", "user", "guest", "viewer", "anonymous", "service", "supervisor",
    "onvif", "default", "system", "camera", "live", "ubnt", "ptz", "888888", "666666", "operator1", "user1",
    "maintenance", "engineer",
})  # fmt: skip
"""Accounts that makers ship: which one is there is no secret, and rules ask for it."""

ORDINARY_NAMES = frozenset({
    "http", "https", "rtsp", "rtsps", "rtmp", "ftp", "sftp", "ssh", "telnet", "snmp", "upnp", "ntp", "dhcp", "onvif",
    "tcp", "udp", "hls", "srtp", "bonjour", "multicast", "websocket", "device_management", "sdk", "smtp", "ddns", "dns",
    "viproc", "intelligentaudioanalytics",
})  # fmt: skip
"""Names of protocols, and of the two modules of every Bosch unit, which are their types too: a field ``Name`` with one
of them was not typed in by anybody."""

_GENERIC = frozenset({
    "network", "ip", "camera", "ipcamera", "cam", "ipc", "ipcam", "ipdome", "dome", "bullet", "nvr", "dvr", "xvr", "hd",
    "embedded", "net", "digital", "video", "recorder", "server", "channel", "device", "profile", "ptz", "speed", "web",
})  # fmt: skip
WELL_KNOWN_HOSTS = frozenset({
    "localhost", "pool.ntp.org", "0.pool.ntp.org", "1.pool.ntp.org", "2.pool.ntp.org", "3.pool.ntp.org",
    "time.windows.com", "time.google.com", "time.nist.gov", "ntp.ubuntu.com", "time.apple.com", "dev.hik-connect.com",
    "litedev.hik-connect.com", "dev.ezvizlife.com", "www.hik-connect.com", "www.easy4ip.com", "www.easy4ipcloud.com",
    "members.dyndns.org", "www.dyndns.com", "www.dyndns.org", "www.no-ip.com", "dynupdate.no-ip.com",
    "smtp.gmail.com", "smtp.office365.com",
})  # fmt: skip
"""Hosts of makers and of the public: naming them says nothing of whose device it is."""

PUBLIC_SITES = re.compile(
    r"(?:^|\.)(?:onvif\.org|w3\.org|xmlsoap\.org|oasis-open\.org|isapi\.org|std-cgi\.com|psialliance\.org"
    r"|hikvision\.com|dahuasecurity\.com|dahuatech\.com|axis\.com|hanwhavision\.com|hanwha-security\.com|uniview\.com"
    r"|boschsecurity\.com|vivotek\.com|reolink\.com|tp-link\.com|ubnt\.com|ui\.com|sony\.net|sony\.com|mobotix\.com"
    r"|schemas\.microsoft\.com|microsoft\.com|purl\.org|tempuri\.org|apache\.org|gnu\.org|mozilla\.org|jquery\.com"
    r"|google\.com|adobe\.com|macromedia\.com|apple\.com|schema\.org|ietf\.org|example\.(?:com|org|net)|example"
    r"|genivia\.com|openssl\.org|github\.com|live555\.com|mediatek\.com|upnp\.org|isapi\.com|panasonic\.com)$",
    re.IGNORECASE,
)
"""Sites in addresses of namespaces and of makers."""


def plain(name: str) -> str:
    """The name of a field without case, path, index and separators: ``table.Users[0].User_Name`` -> ``username``."""
    last = _INDEX.sub("", name.rpartition(":")[2]).rstrip(".").rpartition(".")[2]
    return last.casefold()


def kind_of(name: str) -> Kind | None:
    """What a field of this name holds; None for what is no concern."""
    word = plain(name)
    if word in _KINDS:
        return _KINDS[word]
    found = next((kind for end, kind in _ENDS if word.endswith(end)), None)
    if found is None and word.endswith("name") and word not in _WORDS_OF_MAKERS:
        return "name"
    return found


def is_generic(name: str) -> bool:
    """True for a name as makers ship it: ``Network Camera``, ``IPC 01``. It tells the product, nobody typed it in."""
    words = re.findall(r"[a-z]+|[^\W\da-z]+", name.casefold())
    return bool(words) and all(word in _GENERIC for word in words) and sum(char.isdigit() for char in name) <= 3
