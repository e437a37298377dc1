"""What is stored: the TinyDB file and its indexes. The only package that imports TinyDB."""
