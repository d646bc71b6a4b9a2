"""What a run keeps: the edit, its shots, scenes, grades, findings and evidence, as frozen nouns and as JSON."""
