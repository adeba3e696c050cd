"""What the specialist_* commands are made of: the small model of our own, QLoRA of a large one, figures, calibration, curves."""
