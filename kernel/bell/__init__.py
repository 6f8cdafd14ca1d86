"""The bell: wakes whoever waits for something, in this process or in others."""
