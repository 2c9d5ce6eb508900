"""What the analytics benchmark needs: many messages, and a server of their numbers."""
