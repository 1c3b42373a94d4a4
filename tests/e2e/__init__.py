"""End to end, through the bundled host and the stand-ins. A package, so that what its tests share ends with them."""
