"""What is measured in an edit and discarded once its grades are decided: samples, drift, links and hints."""
