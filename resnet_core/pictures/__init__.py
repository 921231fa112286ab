"""The hardened door for pictures: formats, colours, sizes, names, before any net sees them."""
