"""What these pages need of Sphinx beside what it has."""
