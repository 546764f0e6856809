"""interruptible-chat: a terminal chat with an agent you can talk to while it works."""
