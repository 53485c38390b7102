"""Convolutions that several kinds of networks share."""
