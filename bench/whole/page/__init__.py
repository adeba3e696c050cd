"""The page of all benchmarks and its pictures, of the result files alone: no benchmark, no service and no clock is asked."""
