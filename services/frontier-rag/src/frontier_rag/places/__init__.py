"""Where texts belong on the map of the bundled products, which the dashboard draws."""
