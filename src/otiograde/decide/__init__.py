"""From measurements to one grade per shot: group, solve, apply wishes and looks, verify."""
