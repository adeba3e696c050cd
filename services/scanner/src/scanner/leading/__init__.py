"""Which of several scanners on one database reads feeds, and what the others do with what they are asked."""
