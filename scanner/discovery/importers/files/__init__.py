"""What readers of files share: text and its lines, times, addresses, and mistakes told all at once."""
