"""Networks that say how alike two pictures look."""
