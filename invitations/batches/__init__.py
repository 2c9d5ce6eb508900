"""Whole lists of people: read, judged, looked at, and then invited at the pace that WhatsApp allows."""
