"""Parts of the Hikvision style: events, settings, recorders."""
