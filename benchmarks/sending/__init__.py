"""Senders of messages, side by side: the machine they share, the queue that is worked off, what is counted."""
