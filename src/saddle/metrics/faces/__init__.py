"""What a picture of a face shows: public face networks, and what a change does to a face."""
