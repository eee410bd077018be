"""Which files a scan reads, what language each is in, and what is evaluated of them."""
