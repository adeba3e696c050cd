"""How pages are made: templates filled, amounts and moments written out, what a form brought about carried over."""
