"""Honest intervals: what the calibrations of all pricers are fitted with."""
