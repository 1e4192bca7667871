"""VAPIX in parts: what the Axis style is made of."""
