"""All metrics, with their formulas and what they must give in cases that can be worked out by hand."""

from saddle.reference.known.directions import DIRECTIONS
from saddle.reference.known.images import IMAGE
from saddle.reference.known.neighbours import NEAREST
from saddle.reference.known.points import POINTS

GROUPS = (POINTS, NEAREST, IMAGE, DIRECTIONS)
