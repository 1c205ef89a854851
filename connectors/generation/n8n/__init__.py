"""The n8n nodes. n8n's own rules want other words in places: an operation is told in the imperative, for one."""
