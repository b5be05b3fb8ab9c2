"""For those who write rules: fixtures and what they prove."""
