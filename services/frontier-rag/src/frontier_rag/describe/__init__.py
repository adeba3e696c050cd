"""Describing a product from its title and facts: what is read of it, what is written, and that nothing of that is invented."""
