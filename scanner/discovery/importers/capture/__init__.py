"""Network captures, read offline: what the devices in them said, in bounded memory and without sending anything."""
