"""What is drawn or set to be kept, printed or hung. Knows no conversation, no table and no Telegram."""
