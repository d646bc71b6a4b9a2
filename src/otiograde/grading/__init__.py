"""Where grades are made: an edit graded, graded again in part, carried to a new cut, checked again."""
