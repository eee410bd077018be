"""Many repositories at once: where they are, who scans them, and the store that holds what is known of each."""
