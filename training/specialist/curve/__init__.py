"""Draws the loss of a training run; `python -m training.specialist.curve` draws one again from its records."""
