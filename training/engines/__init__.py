"""The engines behind training.engine."""
