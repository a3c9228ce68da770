"""Reports: one module for each format; each renders the document of `report.json` alone."""
