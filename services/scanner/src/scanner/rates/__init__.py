"""What other currencies are worth: the rates of the day from a central bank, and those that somebody set."""
