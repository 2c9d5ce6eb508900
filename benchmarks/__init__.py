"""What the system costs, measured beside what it could be compared with; `docs/benchmarks.md` tells what is what."""
