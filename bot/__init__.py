"""Everything that touches the world: the store, Telegram, the clock, the terminal."""
