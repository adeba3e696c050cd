"""Deals whose price a person is to decide: the queue, one after the other, and what was decided."""
