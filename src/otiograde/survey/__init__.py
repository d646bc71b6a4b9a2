"""What is measured of an edit and thrown away: samples, drifts, links."""
