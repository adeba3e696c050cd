"""The list of opportunities: what of it is asked for, in which order, and as feeds that other programs read."""
