"""Two Tiledesks compared: responses, known drifts, the report."""
