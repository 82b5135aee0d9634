"""Read what was typed, make settings of it, and find every mistake before anything heavy is imported."""
