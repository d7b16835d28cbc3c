"""What is known of people: sealed where it stands, handed out and erased when they ask."""
