"""Reading, checking and splitting the data sets."""
