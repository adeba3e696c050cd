"""The engines behind training.engines.engine."""
