"""From what was measured to one grade per shot: group, solve, wish, look, verify."""
