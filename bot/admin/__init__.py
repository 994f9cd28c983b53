"""What admins do: people invited, cohorts, pushes, and how the house is. Reads no answer of anybody."""
