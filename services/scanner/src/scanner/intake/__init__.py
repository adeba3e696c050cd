"""What a feed's entries are to the scanner: new, known, or known at another price; and which of them are news to a person."""
