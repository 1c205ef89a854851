"""The dashboard through the public face: pages asked for as a browser does."""
