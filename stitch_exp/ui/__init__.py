"""The page of `stitch-exp-ui`, in the browser."""
