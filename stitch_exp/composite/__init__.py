"""Put the edited crops back into the source frames."""
