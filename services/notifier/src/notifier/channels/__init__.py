"""Channels: where pushes go, which ones, and what they say; those of a person, beside those of NOTIFY_URLS."""
