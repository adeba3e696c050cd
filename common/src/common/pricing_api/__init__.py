"""The pricing API of ensemble and pricers: one app over anything that prices, its routes, streams, Open Inference Protocol."""
