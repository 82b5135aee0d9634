"""The commands: run one clip or a sweep, evaluate, distil, play live."""
