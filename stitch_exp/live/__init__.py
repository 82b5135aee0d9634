"""The edit at camera speed: from a camera or a file to a window, a file or a virtual camera."""
