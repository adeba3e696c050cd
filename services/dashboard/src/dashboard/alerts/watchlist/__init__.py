"""Wanted things: how their words are understood, what was found of them."""
