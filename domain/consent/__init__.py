"""May we contact this person now: what they said, where they are, and what the law says there."""
