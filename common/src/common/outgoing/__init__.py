"""What goes out to addresses that strangers gave."""
