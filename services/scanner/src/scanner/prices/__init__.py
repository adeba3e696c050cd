"""Reads a product and its price from a deal's text: by rules, and by a language model where there is one."""
