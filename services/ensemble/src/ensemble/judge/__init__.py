"""What an offer is really worth: the asked price, the pricers' estimate, stated references and earlier prices, combined."""
