"""What people say of deals, kept with what the system had said of them, and given out as labelled rows."""
