"""What benchmarks share: a system to measure, callers, figures."""
