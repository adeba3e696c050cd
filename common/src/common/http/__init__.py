"""What every service's HTTP side is made of: the app, what happens to each request before its route, keys, quotas, bounds."""
