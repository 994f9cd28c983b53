"""The conversation with a participant: what comes in, the door, what is due, what goes out."""
