"""When pushes come: quiet hours, caps, digests, the weekly summary, snoozes."""
