"""What all services that deal with alerts share beyond the contract: which offers a person means."""
