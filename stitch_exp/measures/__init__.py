"""What can be measured: one class a metric, which declares its numbers and sees the clip one frame at a time."""
