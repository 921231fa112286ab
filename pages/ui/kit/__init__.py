"""Parts that know nothing of a page: plots, the live chart, tiles, bars, dropping pictures."""
