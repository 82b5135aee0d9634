"""What people read: pages, tables, plots and records, made from what runs left behind."""
