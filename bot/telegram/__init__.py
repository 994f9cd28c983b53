"""Talking with the Bot API: calls out, updates in, pace, rendering. Knows no participant and no programme."""
