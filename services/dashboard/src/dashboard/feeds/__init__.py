"""The feeds that are watched, and scans of them."""
