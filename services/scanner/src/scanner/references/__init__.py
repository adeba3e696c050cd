"""Reads from a deal's text what the thing costs elsewhere or otherwise: by rules, and by a language model where there is one."""
