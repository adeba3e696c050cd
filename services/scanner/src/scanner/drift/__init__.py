"""Whether the models still fit what they price: what the ensemble tells of it, how often intervals held, and a push if not."""
