"""How ISAPI names the AI functions: pages, capability flags, events, algorithm families, schedules.

Names from Hikvision's web client, its open guides and recorded devices (analytics reference 3.2 to 3.5). Slugs and
schedule names formed by analogy with those are marked ``verified=False``, as are pages no recording shows.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One configurable function. ``path`` is below the ISAPI root, ``{ch}`` its channel.

    ``flags`` are the capability elements that say it exists, ``events`` its event types, ``families`` the types of
    VCAResource and ``apps`` the applications of the open platform of which one has to be loaded (none: it needs none).
    """

    feature: str
    path: str
    flags: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    families: frozenset[str] = frozenset()
    apps: tuple[str, ...] = ()
    schedule: str = ""
    verified: bool = False

    @property
    def title(self) -> str:
        """The vendor's own name of it: ``LineDetection``, ``faceRule``."""
        return next(
            step
            for step in reversed(self.path.partition("?")[0].split("/"))
            if "{" not in step and not step.isdigit() and step != "channels"
        )

    @property
    def smart(self) -> bool:
        """True when SmartCap is the list that has to name it."""
        return self.path.startswith("Smart/")


_SMART = frozenset({"smart", "perimeterCapture"})
_SMART_APPS = ("smart event", "perimeter capture")
_BEHAVIOUR_APPS = ("smart event", "behavior analysis")
FACE_CAPTURE = frozenset(
    {"facesnap", "faceMonitor", "faceContrast", "faceHumanModelingContrast", "mixedTargetAll", "mixedTargetFaceHuman"}
)
FACE_COMPARISON = frozenset({"faceContrast", "faceHumanModelingContrast", "personArming"})
MIXED = frozenset({"mixedTargetDetection", "mixedTargetAll", "mixedTargetFaceHuman", "humanRecognition"})
VEHICLE = frozenset({"roadDetection", "vehicleDetection", "hvtVehicleDetection", "ITS", "TFS"})
COUNTING = frozenset({"smart", "verticalPeopleCounting", "heelPDC", "faceCounting"})

RULES: tuple[Rule, ...] = (
    Rule("line-crossing", "Smart/LineDetection/{ch}", ("isSupportLineDetection", "isLineDetectionSupport"),
         ("linedetection",), _SMART, _SMART_APPS, "lineDetections/linedetection_video{ch}", True),
    Rule("intrusion", "Smart/FieldDetection/{ch}", ("isSupportFieldDetection", "isFieldDetectionSupport"),
         ("fielddetection",), _SMART, _SMART_APPS, "fieldDetections/fielddetection_video{ch}", True),
    Rule("intrusion", "Smart/regionEntrance/{ch}", ("isSupportRegionEntrance", "isRegionEntranceSupport"),
         ("regionEntrance",), _SMART, _SMART_APPS, "regionEntrances/regionEntrance-{ch}", True),
    Rule("intrusion", "Smart/regionExiting/{ch}", ("isSupportRegionExiting", "isRegionExitingSupport"),
         ("regionExiting",), _SMART, _SMART_APPS, "regionExitings/regionExiting-{ch}", True),
    Rule("face-detection", "Smart/FaceDetect/{ch}", ("isSupportFaceDetect",), ("facedetection",),
         frozenset({"smart", "facesnap"}), ("smart event", "face capture"), "faceDetections/facedetection_video{ch}"),
    Rule("face-detection", "Intelligent/channels/{ch}/faceRule", ("isSupportFaceSnap", "isFaceSupport"),
         ("faceSnap", "faceCapture"), FACE_CAPTURE, ("face capture", "face picture comparison"),
         "faceSnap/faceSnap-{ch}"),
    Rule("face-recognition", "Intelligent/channels/{ch}/faceContrast",
         ("isSupportFaceContrast", "isSupportWhiteListFaceContrast"),
         ("faceContrast", "whiteListFaceContrast", "whiteFaceContrast", "alarmResult", "faceContrastSuccess",
          "faceContrastFailure"),
         FACE_COMPARISON, ("face picture comparison",), "faceContrast/faceContrast-{ch}"),
    Rule("loitering", "Smart/loitering/{ch}", ("isSupportLoitering", "isLoiteringSupport"), ("loitering",),
         _SMART, _BEHAVIOUR_APPS, "loiterings/loitering-{ch}"),
    Rule("crowd", "Smart/group/{ch}", ("isSupportGroup", "isGroupSupport"), ("group",), _SMART, _BEHAVIOUR_APPS,
         "groups/group-{ch}"),
    Rule("running", "Smart/rapidMove/{ch}", ("isSupportRapidMove", "isRapidMoveSupport"), ("rapidMove", "running"),
         _SMART, _BEHAVIOUR_APPS, "rapidMoves/rapidMove-{ch}"),
    Rule("parking", "Smart/parking/{ch}", ("isSupportParking", "isParkingSupport"), ("parking",), _SMART,
         _BEHAVIOUR_APPS, "parkings/parking-{ch}"),
    Rule("object-left", "Smart/unattendedBaggage/{ch}", ("isSupportUnattendedBaggage", "isUnAttendedBaggageSupport"),
         ("unattendedBaggage",), _SMART, _BEHAVIOUR_APPS, "unattendedBaggages/unattendedBaggage-{ch}"),
    Rule("object-removed", "Smart/attendedBaggage/{ch}", ("isSupportAttendedBaggage", "isAttendedBaggageSupport"),
         ("attendedBaggage",), _SMART, _BEHAVIOUR_APPS, "attendedBaggages/attendedBaggage-{ch}"),
    Rule("audio-detection", "Smart/AudioDetection/channels/{ch}", ("isSupportAudioDetection",), ("audioexception",),
         schedule="audioDetections/audioexception_video{ch}"),
    Rule("tamper", "Smart/SceneChangeDetection/{ch}", ("isSupportSceneChangeDetection",), ("scenechangedetection",),
         verified=True),
    Rule("auto-tracking", "Smart/IntelliTrace/1", ("isSupportIntelliTrace",), ("intelliTrace",)),
    Rule("people-counting", "System/Video/inputs/channels/{ch}/counting", ("isSupportCounting",),
         ("PeopleCounting", "counting", "peopleCounting"), COUNTING, ("people counting",),
         "countings/counting_video{ch}"),
    Rule("heat-map", "System/Video/inputs/channels/{ch}/heatMap", ("isSupportHeatmap",), ("heatmap",),
         schedule="heatMaps/heatmap_video{ch}"),
    Rule("anpr", "Traffic/channels/{ch}/vehicleDetect", ("isSupportVehicleDetection",), ("ANPR", "vehicledetection"),
         VEHICLE, ("road traffic",), "vehicledetects/{ch}"),
    Rule("person-attributes", "Intelligent/channels/{ch}/mixedTargetDetection?format=json",
         ("isSupportMixedTargetDetection",), ("mixedTargetDetection",), MIXED, ("capture target with feature",)),
    Rule("person-attributes", "Intelligent/channels/{ch}/humanRecognition",
         ("isSupportHumanRecognition",), ("humanRecognition", "peopleDetection"), MIXED,
         ("capture target with feature",)),
    Rule("motion", "System/Video/inputs/channels/{ch}/motionDetection", ("isSupportMotionDetection",), ("VMD",),
         schedule="motionDetections/VMD_video{ch}", verified=True),
    Rule("tamper", "System/Video/inputs/channels/{ch}/tamperDetection", ("isSupportTamperDetection",),
         ("tamperdetection", "shelteralarm"), schedule="tamperDetections/tamper_video{ch}", verified=True),
)  # fmt: skip

PROXIED = "ContentMgmt/InputProxy/channels/{ch}/video/"
"""Where a recorder keeps motion and tamper detection of a camera behind it."""

FLAGS_ONLY: dict[str, tuple[str, ...]] = {
    "crowd": ("isSupportPersonDensityDetection",),
    "queue": ("isSupportPersonQueueDetection",),
    "people-counting": ("isSupportFramesPeopleCounting",),
    "fire-smoke": ("isSupportFireDetection",),
    "body-temperature": ("isSupportFaceThermometry", "isSupportFaceSnapThermometry"),
    "ppe": ("isSupportSafetyHelmetDetection",),
    "student-behaviour": (
        "isSupportStudentsStoodUp", "isSupportTeacherBehaviorDetect", "isTeacherSupport", "isStudentSupport",
    ),
    "person-attributes": ("isSupportHumanAttribute",),
    "smart-search": (
        "isSupportSmartSearch", "isSupportIntelligentSearch", "isSupportMetadata", "isSupportTargetCollectionInfo",
    ),
    "custom-ai": ("isSupportAIOP_Video", "isSupportAIOP_Polling_Snap", "isSupportProxyAIOP", "isSupportOpenPlatform"),
}  # fmt: skip
"""Flags of functions whose switch nobody has documented: they show what a device can do, never that it is on."""

EVENTS_ONLY: dict[str, str] = {
    "personDensityDetection": "crowd",
    "personQueueCounting": "queue",
    "personQueueTime": "queue",
    "framesPeopleCounting": "people-counting",
    "safetyHelmetDetection": "ppe",
    "failDown": "fall",  # the vendor's spelling
    "violentMotion": "fight",
    "fireDetection": "fire-smoke",
    "smokeDetection": "fire-smoke",
    "smokeAndFireDetection": "fire-smoke",
    "teacherBehavior": "student-behaviour",
    "studentsStoodUp": "student-behaviour",
}
"""Event types of functions without a page of their own, as a channel's capability list names them."""

FAMILIES: dict[str, str] = {
    **dict.fromkeys(("facesnap", "faceMonitor"), "face-detection"),
    **dict.fromkeys(sorted(FACE_COMPARISON), "face-recognition"),
    **dict.fromkeys(sorted(MIXED), "person-attributes"),
    **dict.fromkeys(sorted(VEHICLE), "anpr"),
    **dict.fromkeys(("verticalPeopleCounting", "heelPDC", "faceCounting"), "people-counting"),
    "personDensity": "crowd",
    "personQueueDetection": "queue",
    "safetyHelmet": "ppe",
    "teacherBehavior": "student-behaviour",
    "smokeDetection": "fire-smoke",
    "smokeDetectAlarm": "fire-smoke",
    "AIOpenPlatform": "custom-ai",
}
"""What each selectable type of VCAResource does, for those that serve one function."""

APPS: dict[str, str] = {
    "face capture": "face-detection",
    "face picture comparison": "face-recognition",
    "capture target with feature": "person-attributes",
    "people counting": "people-counting",
    "people density": "crowd",
    "queue management": "queue",
    "road traffic": "anpr",
    "perimeter capture": "intrusion",
    "smart event": "",  # serves several rules
    "behavior analysis": "",
}
"""English names of Hikvision's own applications, in lower case; device language changes them."""

FACE_ATTRIBUTES: tuple[str, ...] = (
    "face-attributes.age", "face-attributes.gender", "face-attributes.glasses", "face-attributes.mask",
    "face-attributes.beard", "emotion",
)  # fmt: skip
"""Possible wherever faces are captured; no public switch is known, so they stay unknown."""

COULD_HAVE: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(rule.feature for rule in RULES), "object-class", *FLAGS_ONLY, *EVENTS_ONLY.values(), *FACE_ATTRIBUTES,
        )
    )
)  # fmt: skip
"""Every function a device of this maker may have."""
