"""Receivers of webhooks, side by side: what is posted, who posts it, who takes it, and what became of it."""
