"""Runs ``ipycam`` (PyPI), a virtual ONVIF camera that is not ours, on loopback. A program for a namespace of its own,
because ipycam listens on every address and announces itself by multicast.

``python foreign_camera.py COMMAND...`` starts it, runs the command beside it and prints the command's result as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys

NAME, MODEL, FIRMWARE = "PyCam Works", "Virtual-1", "9.8.7"


def _main() -> int:
    from ipycam import CameraConfig, IPCamera

    config = CameraConfig(name="Foreign", manufacturer=NAME, model=MODEL, firmware_version=FIRMWARE)
    config.local_ip = "127.0.0.1"
    camera = IPCamera(config)
    if not camera.start():
        raise SystemExit("the foreign camera did not start")
    try:
        ran = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    finally:
        camera.stop()
    print(json.dumps({"code": ran.returncode, "stdout": ran.stdout, "stderr": ran.stderr}))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
