"""What a person wants to be told of: rules, with the figures that a dry run asks for, and the watchlist with what it matched."""
