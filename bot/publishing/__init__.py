"""Contents on their way to people: corrected, read over, published, followed, undone. Reads no answer to show it."""
