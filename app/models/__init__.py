"""The tables, one file per noun. The columns' meaning stands in `app/migrations`."""
