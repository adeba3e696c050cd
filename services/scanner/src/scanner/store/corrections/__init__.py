"""What a person says of deals: prices that wait for a look, verdicts, and prices put right."""
