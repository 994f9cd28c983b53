"""What people hold in their hands: files made for them. Knows no table and nobody's answers but those it is given."""
