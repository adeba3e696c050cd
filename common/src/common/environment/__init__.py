"""What the variables of the environment hold: kinds of values, authorities of certificates, and what cannot be used."""
