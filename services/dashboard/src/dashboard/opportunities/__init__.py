"""Deals worth a look: the list, each one's own page, and every deal that was seen."""
