"""Parts of the reader of nmap's XML: its elements, its scripts, its service fingerprints."""
