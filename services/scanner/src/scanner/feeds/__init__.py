"""Where deals come from: which feeds are read, when, how they are fetched, and how each of them fares."""
