"""A report to text: one module for each output format, with one `render`."""
