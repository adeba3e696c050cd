"""What a person wants to be told, when and where: rules, watchlist, channels, times, and all of it in one file."""
