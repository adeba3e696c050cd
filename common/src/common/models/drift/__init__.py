"""Whether what is priced is still like what the models learned from: estimates, unknown products, missing parts."""
