"""What is told of results and settings: claims, tables, reports on changes, and the pages that are made."""
