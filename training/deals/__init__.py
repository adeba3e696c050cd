"""Measures on real deals what the scanner reads and decides."""
