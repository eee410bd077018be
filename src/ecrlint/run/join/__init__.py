"""What the units of one repository give each other, and what the user states of a network."""
