"""Parts of the Dahua style: the configuration tables behind ``configManager.cgi``."""
