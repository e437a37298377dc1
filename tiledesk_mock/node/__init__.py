"""Values and requests as Node, Express, qs, mongoose and BSON treat them."""
