"""How the scanner's tables came to their present form, step by step. Run at start by common.migration."""
