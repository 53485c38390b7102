"""What a change did: two states of the repository compared, as Markdown for a pull request."""
