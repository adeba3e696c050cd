"""A deal's own page: fetched behind the guard, read in another process, believed as far as the deal bears it out."""
