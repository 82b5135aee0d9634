"""From settings to objects: each network once, each stage with the networks that it names."""
