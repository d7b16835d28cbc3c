"""What vendors tell us: stored first, understood once, and able to be understood again."""
