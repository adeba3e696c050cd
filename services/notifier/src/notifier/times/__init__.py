"""When a person is told: quiet hours, caps, digests, snoozes, the weekly summary. Only its routes know HTTP, none knows SQL."""
