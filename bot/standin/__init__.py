"""Our own Telegram Bot API server, with a chat page where one person plays everybody.

It imports nothing from the rest of the house: the product knows it by its URL alone.
"""
