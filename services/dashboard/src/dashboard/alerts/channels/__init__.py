"""Where pushes go: channels, their tests, filters and templates."""
