"""What a participant takes away, built from their own answers: what is in each document, and how it stands."""
