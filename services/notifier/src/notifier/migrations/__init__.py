"""How the notifier's tables came to their present form, step by step. Run at start by common.migration."""
