"""What cannot be measured on one machine, simulated from what was."""
