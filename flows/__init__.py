"""What is said and asked, and in what order. Pure: no Telegram, SQL, clock, disk, network or asyncio."""
