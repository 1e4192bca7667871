"""The right half: an inventory becomes findings. Pure functions, no network, no clock."""
