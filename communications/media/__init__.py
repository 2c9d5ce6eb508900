"""Files: what WhatsApp takes, how they reach Meta once, and how those that people send us come to be kept."""
