"""How work moves: claims, runs, names of tasks."""
