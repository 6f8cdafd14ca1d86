"""Routes of citizens: contact points, join codes, following a case. Begin with `citizens`."""
