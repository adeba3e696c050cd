"""How a feed is read: what its bytes, dates and markup mean, and the process in which that is found out."""
