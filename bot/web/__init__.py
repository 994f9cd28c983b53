"""The coach's page: what the desk knows, shown in a browser. Knows no Telegram; every right is asked of the desk."""
