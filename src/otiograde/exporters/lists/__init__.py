"""Lists for editors and labs: CMX 3600 EDL and Avid Log Exchange."""
